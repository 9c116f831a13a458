"""Protobuf message classes made at run time from declarations in a short notation.

One message is one string of fields, `name=number:type`, separated by spaces. Before the type, `*`
means repeated, `%` a map from strings to the type, `|` a member of the message's oneof `value`. A
type is one of SCALARS or the name of another message of the same schema.
"""

from collections.abc import Mapping

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from google.protobuf.message import Message

SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "bool": FieldDescriptorProto.TYPE_BOOL,
}


def message_classes(package: str, schema: Mapping[str, str]) -> dict[str, type[Message]]:
    r"""Message name → its class, for a schema of message name → fields (syntax proto3).

    >>> Point = message_classes("example", {"Point": "x=1:int32 label=2:string"})["Point"]
    >>> Point(x=3).SerializeToString()
    b'\x08\x03'
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3"
    )
    for name, fields in schema.items():
        message = file.message_type.add(name=name)
        if "|" in fields:
            message.oneof_decl.add(name="value")
        for declaration in fields.split():
            _add_field(message, package, declaration)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
        for name in schema
    }


def _add_field(message: DescriptorProto, package: str, declaration: str) -> None:
    name, rest = declaration.split("=")
    number, kind = rest.split(":")
    field = message.field.add(name=name, number=int(number))
    repeated = kind[0] in "*%"
    field.label = (
        FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    )
    if kind[0] == "|":
        field.oneof_index = 0
    if kind[0] == "%":
        kind = _add_map_entry(message, package, name, kind[1:])
    kind = kind.lstrip("*|")
    if kind in SCALARS:
        field.type = SCALARS[kind]
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"


def _add_map_entry(message: DescriptorProto, package: str, field: str, kind: str) -> str:
    """Declare the nested message that makes a field a map<string, kind>; returns its name."""
    entry = message.nested_type.add(name=f"{field.capitalize()}Entry")
    entry.options.map_entry = True
    _add_field(entry, package, "key=1:string")
    _add_field(entry, package, f"value=2:{kind}")
    return f"{message.name}.{entry.name}"

"""GraphDef's wire format, declared here so that graphs can be read and written without TensorFlow.

Importing TensorFlow costs seconds and, beside TVM 0.19, the process (two LLVMs). Field numbers are
those of tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,versions}.proto,
which TensorFlow guarantees to keep. Messages that the harness never opens are declared empty;
protobuf carries their unknown fields through unchanged.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "parity.tensorflow"
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "string": _FIELD.TYPE_STRING,
    "bytes": _FIELD.TYPE_BYTES,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "uint32": _FIELD.TYPE_UINT32,
    "uint64": _FIELD.TYPE_UINT64,
    "float": _FIELD.TYPE_FLOAT,
    "double": _FIELD.TYPE_DOUBLE,
    "bool": _FIELD.TYPE_BOOL,
}

# A message a key; "name=number:type", "*" for repeated, "|" for a member of AttrValue's oneof.
_SCHEMA = {
    "FunctionDefLibrary": "",
    "NameAttrList": "",
    "VersionDef": "producer=1:int32 min_consumer=2:int32 bad_consumers=3:*int32",
    "Dim": "size=1:int64 name=2:string",
    "TensorShapeProto": "dim=2:*Dim unknown_rank=3:bool",
    "TensorProto": (
        "dtype=1:int32 tensor_shape=2:TensorShapeProto version_number=3:int32 "
        "tensor_content=4:bytes float_val=5:*float double_val=6:*double int_val=7:*int32 "
        "string_val=8:*bytes int64_val=10:*int64 bool_val=11:*bool half_val=13:*int32 "
        "uint32_val=16:*uint32 uint64_val=17:*uint64"
    ),
    "ListValue": (
        "s=2:*bytes i=3:*int64 f=4:*float b=5:*bool type=6:*int32 shape=7:*TensorShapeProto "
        "tensor=8:*TensorProto func=9:*NameAttrList"
    ),
    "AttrValue": (
        "list=1:|ListValue s=2:|bytes i=3:|int64 f=4:|float b=5:|bool type=6:|int32 "
        "shape=7:|TensorShapeProto tensor=8:|TensorProto placeholder=9:|string "
        "func=10:|NameAttrList"
    ),
    "NodeDef": "name=1:string op=2:string input=3:*string device=4:string attr=5:*AttrEntry",
    "GraphDef": (
        "node=1:*NodeDef library=2:FunctionDefLibrary version=3:int32 versions=4:VersionDef"
    ),
}


def _add_field(message: Any, declaration: str) -> None:
    name, rest = declaration.split("=")
    number, kind = rest.split(":")
    field = message.field.add(name=name, number=int(number))
    field.label = _FIELD.LABEL_REPEATED if kind[0] == "*" else _FIELD.LABEL_OPTIONAL
    if kind[0] == "|":
        field.oneof_index = 0
    kind = kind.lstrip("*|")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = _FIELD.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"


def _add_attr_map(node: Any) -> None:
    """Declare the entry type that makes `NodeDef.attr` a map<string, AttrValue>."""
    entry = node.nested_type.add(name="AttrEntry")
    entry.options.map_entry = True
    _add_field(entry, "key=1:string")
    _add_field(entry, "value=2:AttrValue")
    attr = next(field for field in node.field if field.name == "attr")
    attr.type_name = f".{_PACKAGE}.NodeDef.AttrEntry"


def _load() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="parity/graph.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        if "|" in fields:
            message.oneof_decl.add(name="value")
        for declaration in fields.split():
            _add_field(message, declaration)
    _add_attr_map(next(message for message in file.message_type if message.name == "NodeDef"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _SCHEMA
    }


_MESSAGES = _load()
# Classes made at run time: their attributes can't be known to a type checker.
GraphDef: Any = _MESSAGES["GraphDef"]
NodeDef: Any = _MESSAGES["NodeDef"]
AttrValue: Any = _MESSAGES["AttrValue"]
TensorProto: Any = _MESSAGES["TensorProto"]
TensorShapeProto: Any = _MESSAGES["TensorShapeProto"]

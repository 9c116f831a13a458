import ast
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf.descriptor import FieldDescriptor

from harness.graphdef import wire
from harness.graphdef.schema import message_classes
from harness.graphdef.wire import AttrValue, GraphDef, NodeDef

STUB = ast.parse(Path(wire.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
STUBBED = {each.name: each for each in STUB.body if isinstance(each, ast.ClassDef)}
DECLARED = {each.name: each for each in GraphDef.DESCRIPTOR.file.message_types_by_name.values()}
SCALARS = {
    FieldDescriptor.CPPTYPE_STRING: {"str", "bytes"},
    FieldDescriptor.CPPTYPE_INT32: {"int"},
    FieldDescriptor.CPPTYPE_INT64: {"int"},
    FieldDescriptor.CPPTYPE_UINT32: {"int"},
    FieldDescriptor.CPPTYPE_UINT64: {"int"},
    FieldDescriptor.CPPTYPE_FLOAT: {"float"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"float"},
    FieldDescriptor.CPPTYPE_BOOL: {"bool"},
}


def stubbed_fields(message: str) -> dict[str, str]:
    """Field → its annotation in the stub."""
    found = {}
    for each in STUBBED[message].body:
        if isinstance(each, ast.FunctionDef) and each.returns is not None:
            found[each.name] = ast.unparse(each.returns)
        elif isinstance(each, ast.AnnAssign):
            found[ast.unparse(each.target)] = ast.unparse(each.annotation)
    return found


def declared_types(field: FieldDescriptor) -> set[str]:
    """The annotations that are right for a field."""
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        (value,) = declared_types(kind.fields_by_name["value"]) - {"bytes"}
        container = "MessageMap" if kind.fields_by_name["value"].message_type else "ScalarMap"
        return {f"{container}[str, {value}]"}
    names = {str(kind.name)} if kind is not None else SCALARS[field.cpp_type]
    if not field.is_repeated:
        return names
    word = "Composite" if kind is not None else "Scalar"
    return {f"Repeated{word}FieldContainer[{name}]" for name in names}


def test_the_stub_has_every_message() -> None:
    assert STUBBED.keys() == DECLARED.keys()


@pytest.mark.parametrize("message", DECLARED)
def test_the_stub_has_every_field_and_its_type(message: str) -> None:
    stubbed = stubbed_fields(message)
    assert stubbed.keys() == set(DECLARED[message].fields_by_name)
    for name, field in DECLARED[message].fields_by_name.items():
        assert stubbed[name] in declared_types(cast("Any", field)), name


def test_a_map_is_one_on_the_wire_too() -> None:
    node = NodeDef(name="a")
    node.attr["T"].type = 1
    again = NodeDef.FromString(node.SerializeToString())
    assert dict(again.attr) == {"T": AttrValue(type=1)}


def test_an_attribute_holds_one_value() -> None:
    value = AttrValue(type=1)
    value.s = b"NHWC"
    assert value.WhichOneof("value") == "s"
    assert value.type == 0


def test_undeclared_fields_are_kept() -> None:
    schema = {"Full": "a=1:int32 b=2:string", "Part": "a=1:int32"}
    classes = message_classes("test", schema)
    data = classes["Full"](a=1, b="kept").SerializeToString()
    assert classes["Part"].FromString(data).SerializeToString() == data

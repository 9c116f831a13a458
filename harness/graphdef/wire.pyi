# Types of the message classes that wire.py makes at run time; tests/test_wire.py compares the two.

from google.protobuf.internal.containers import (
    MessageMap,
    RepeatedCompositeFieldContainer,
    RepeatedScalarFieldContainer,
    ScalarMap,
)
from google.protobuf.message import Message

class FunctionDefLibrary(Message): ...

class NameAttrList(Message):
    name: str

class VersionDef(Message):
    producer: int
    min_consumer: int
    @property
    def bad_consumers(self) -> RepeatedScalarFieldContainer[int]: ...

class Dim(Message):
    size: int
    name: str

class TensorShapeProto(Message):
    unknown_rank: bool
    @property
    def dim(self) -> RepeatedCompositeFieldContainer[Dim]: ...

class TensorProto(Message):
    dtype: int
    version_number: int
    tensor_content: bytes
    @property
    def float_val(self) -> RepeatedScalarFieldContainer[float]: ...
    @property
    def double_val(self) -> RepeatedScalarFieldContainer[float]: ...
    @property
    def int_val(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def string_val(self) -> RepeatedScalarFieldContainer[bytes]: ...
    @property
    def int64_val(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def bool_val(self) -> RepeatedScalarFieldContainer[bool]: ...
    @property
    def half_val(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def uint32_val(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def uint64_val(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def tensor_shape(self) -> TensorShapeProto: ...

class ListValue(Message):
    @property
    def s(self) -> RepeatedScalarFieldContainer[bytes]: ...
    @property
    def i(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def f(self) -> RepeatedScalarFieldContainer[float]: ...
    @property
    def b(self) -> RepeatedScalarFieldContainer[bool]: ...
    @property
    def type(self) -> RepeatedScalarFieldContainer[int]: ...
    @property
    def shape(self) -> RepeatedCompositeFieldContainer[TensorShapeProto]: ...
    @property
    def tensor(self) -> RepeatedCompositeFieldContainer[TensorProto]: ...
    @property
    def func(self) -> RepeatedCompositeFieldContainer[NameAttrList]: ...

class AttrValue(Message):
    s: bytes
    i: int
    f: float
    b: bool
    type: int
    placeholder: str
    @property
    def list(self) -> ListValue: ...
    @property
    def shape(self) -> TensorShapeProto: ...
    @property
    def tensor(self) -> TensorProto: ...
    @property
    def func(self) -> NameAttrList: ...

class NodeDef(Message):
    name: str
    op: str
    @property
    def input(self) -> RepeatedScalarFieldContainer[str]: ...
    device: str
    @property
    def attr(self) -> MessageMap[str, AttrValue]: ...

class GraphDef(Message):
    version: int
    @property
    def node(self) -> RepeatedCompositeFieldContainer[NodeDef]: ...
    @property
    def library(self) -> FunctionDefLibrary: ...
    @property
    def versions(self) -> VersionDef: ...

class FunctionLibrary(Message):
    @property
    def function(self) -> RepeatedCompositeFieldContainer[FunctionDef]: ...

class FunctionDef(Message):
    @property
    def ret(self) -> ScalarMap[str, str]: ...
    @property
    def signature(self) -> OpDef: ...
    @property
    def node_def(self) -> RepeatedCompositeFieldContainer[NodeDef]: ...

class OpDef(Message):
    name: str
    @property
    def input_arg(self) -> RepeatedCompositeFieldContainer[ArgDef]: ...
    @property
    def output_arg(self) -> RepeatedCompositeFieldContainer[ArgDef]: ...

class ArgDef(Message):
    name: str
    type: int

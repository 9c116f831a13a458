"""GraphDef's wire format, declared here so that graphs can be read and written without TensorFlow.

Importing TensorFlow costs seconds and, beside TVM 0.19, the process (two LLVMs). Field numbers are
those of tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,versions,function,
op_def}.proto, which TensorFlow guarantees to keep. Fields that are not declared are unknown fields,
which protobuf carries through unchanged. FunctionDefLibrary has no declared field, so that reading
a GraphDef doesn't parse its functions; `FunctionLibrary` is the same message, to be parsed from the
library's bytes.

The classes exist at run time only; `wire.pyi` declares their types and must list the same fields.
"""

from harness.graphdef.schema import message_classes

_SCHEMA = {
    "FunctionDefLibrary": "",
    "NameAttrList": "name=1:string",
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
    "NodeDef": "name=1:string op=2:string input=3:*string device=4:string attr=5:%AttrValue",
    "GraphDef": (
        "node=1:*NodeDef library=2:FunctionDefLibrary version=3:int32 versions=4:VersionDef"
    ),
    # The contents of a FunctionDefLibrary.
    "FunctionLibrary": "function=1:*FunctionDef",
    "FunctionDef": "signature=1:OpDef node_def=3:*NodeDef ret=4:%string",
    "OpDef": "name=1:string input_arg=2:*ArgDef output_arg=3:*ArgDef",
    "ArgDef": "name=1:string type=3:int32",
}

_CLASSES = message_classes("parity.tensorflow", _SCHEMA)
AttrValue = _CLASSES["AttrValue"]
FunctionDef = _CLASSES["FunctionDef"]
FunctionLibrary = _CLASSES["FunctionLibrary"]
GraphDef = _CLASSES["GraphDef"]
NodeDef = _CLASSES["NodeDef"]
TensorProto = _CLASSES["TensorProto"]
TensorShapeProto = _CLASSES["TensorShapeProto"]
VersionDef = _CLASSES["VersionDef"]

"""Operations that TensorFlow has in float32 alone, and what they take and give.

Read from TensorFlow 2.21's registries of kernels and of operations; the test of this module
compares them again with those of the TensorFlow that is installed.
"""

import re
from dataclasses import dataclass

from harness.errors import GraphError
from harness.graphdef.access import attr_of
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_INT64
from harness.graphdef.wire import NodeDef

DT_RESOURCE = 20
_FIXED = {"f": DT_FLOAT, "int32": DT_INT32, "int64": DT_INT64, "resource": DT_RESOURCE}
_DEFAULTS = {"qint8": 11, "quint8": 12, "qint32": 13, "int64": DT_INT64}
UNKNOWN = 0

# Why: what the operation takes > what it gives : its names. `f` is float32, `-` is never a float,
# another word is the attribute that says the type (or the list of types), with the default that
# TensorFlow leaves unwritten where that is not float32; `N*` is N times.
_TABLE = {
    "it quantizes, and TensorFlow does that in float32 alone": """
        f > f f f int64 : CustomAggregator
        - f f > dtype : Dequantize
        f > f : FakeQuantWithMinMaxArgs
        f f f > f : FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel
        - f f > out_type f f : QuantizeDownAndShrinkRange
        f f f > T f f : QuantizeV2
        - - f f f f > Toutput=qint32 f f : QuantizedAdd QuantizedMatMul QuantizedMul
        - f f > T f f : QuantizedAvgPool QuantizedInstanceNorm QuantizedMaxPool
        - f f - f f - f f - f f - f f > out_type f f : QuantizedBatchNormWithGlobalNormalization
        - - f f f f > out_type f f : QuantizedBiasAdd
        - N*T N*f N*f > T f f : QuantizedConcat
        N*T - N*f N*f > T f f : QuantizedConcatV2
        - - f f f f > out_type=qint32 f f : QuantizedConv2D QuantizedConv2DAndRelu
            QuantizedConv2DPerChannel QuantizedDepthwiseConv2D
        - - f f f f f f > out_type=quint8 f f : QuantizedConv2DAndReluAndRequantize
        - - f f f f f f > out_type=qint8 f f : QuantizedConv2DAndRequantize
        - - f f f f f > out_type=qint32 f f : QuantizedConv2DWithBias
            QuantizedConv2DWithBiasAndRelu QuantizedDepthwiseConv2DWithBias
            QuantizedDepthwiseConv2DWithBiasAndRelu
        - - Tbias f f f f f f > out_type=quint8 f f : QuantizedConv2DWithBiasAndReluAndRequantize
            QuantizedDepthwiseConv2DWithBiasAndReluAndRequantize
        - - Tbias f f f f f f > out_type=qint8 f f : QuantizedConv2DWithBiasAndRequantize
        - - Tbias f f f f f f - f f > out_type=quint8 f f :
            QuantizedConv2DWithBiasSignedSumAndReluAndRequantize
            QuantizedConv2DWithBiasSumAndReluAndRequantize
        - - f f f f f f > out_type=qint32 f f : QuantizedConv2DWithBiasSumAndRelu
        - - Tbias f f f f > Toutput=qint32 f f : QuantizedMatMulWithBias
        - - Tbias f f f f f f > Toutput : QuantizedMatMulWithBiasAndDequantize
        - - f f f f f > Toutput=qint32 f f : QuantizedMatMulWithBiasAndRelu
        - - Tbias f f f f f f > Toutput=quint8 f f : QuantizedMatMulWithBiasAndReluAndRequantize
            QuantizedMatMulWithBiasAndRequantize
        - f f > out_type=quint8 f f : QuantizedRelu QuantizedRelu6
        T - f f > T f f : QuantizedReshape QuantizedResizeBilinear
        - f f > f f : RequantizationRange RequantizationRangePerChannel
        - f f f f > out_type f f : Requantize
        - f f f f > out_type=quint8 f f : RequantizePerChannel
    """,
    "TensorFlow has no float64 kernel for it": """
        T f > T : AdjustContrastv2 AdjustHue AdjustSaturation DrawBoundingBoxes
        T > T : AvgPool3D LRN MaxPool3D
        f f - - f f > f f f int32 : CombinedNonMaxSuppression
        T f - - > f : CropAndResize
        T f f > T : DrawBoundingBoxesV2
        f - f > f : ExtractGlimpse ExtractGlimpseV2
        T T T T T > T T T T T : FusedBatchNorm
        T U U U U > T U U U U : FusedBatchNormV2
        T U U U U > T U U U U U : FusedBatchNormV3
        dtype f - > dtype : ImageProjectiveTransformV2
        dtype f - f > dtype : ImageProjectiveTransformV3
        f f - > int32 : NonMaxSuppression
        T T - T_threshold > int32 : NonMaxSuppressionV2
        T T - T_threshold T_threshold > int32 : NonMaxSuppressionV3
        T T - T_threshold T_threshold > int32 int32 : NonMaxSuppressionV4
        T T - T T T > int32 T int32 : NonMaxSuppressionV5
        f f - f f > int32 : NonMaxSuppressionWithOverlaps
        T - > f : ResizeArea ResizeBicubic
        T - f f > f : ScaleAndTranslate
        - f > dtype int64 : TensorArrayConcat TensorArrayConcatV2 TensorArrayConcatV3
        - - f > dtype : TensorArrayGather TensorArrayGatherV2 TensorArrayGatherV3 TensorArrayRead
            TensorArrayReadV2 TensorArrayReadV3
        - f > dtype : TensorArrayPack
        - - T f > f : TensorArrayScatter TensorArrayScatterV2 TensorArrayScatterV3
            TensorArrayWrite TensorArrayWriteV2 TensorArrayWriteV3
        - f > int32 : TensorArraySize TensorArraySizeV2 TensorArraySizeV3
        - T - f > f : TensorArraySplit TensorArraySplitV2 TensorArraySplitV3
        - T f > f : TensorArrayUnpack
        - > resource f : TensorArrayV3
    """,
    "it draws random numbers, and draws others in float64": """
        - > dtype : RandomUniform RandomStandardNormal TruncatedNormal
        - dtype dtype dtype dtype > dtype : ParameterizedTruncatedNormal
        - T > T : RandomGamma
        - R > dtype=int64 : RandomPoissonV2
        T - > output_dtype=int64 : Multinomial
        - - > dtype : StatelessRandomUniform StatelessRandomNormal StatelessTruncatedNormal
        - - - - > dtype : StatelessRandomUniformV2 StatelessRandomNormalV2
            StatelessTruncatedNormalV2
        - - - > dtype : SobolSample
    """,
    "it calls a function, whose body stays float32": """
        Tin > Tout : PartitionedCall StatefulPartitionedCall XlaCallModule
        Tcond Tin > Tout : If StatelessIf
        T > T : While StatelessWhile
        - Tin > Tout : Case StatelessCase RemoteCall
        - - - T > T : For
        Tin Tcaptured > Tout : BatchFunction
        Tconstants Targs Nresources*- > Tresults : XlaLaunch
    """,
    "it reads the bits of a float32": """
        T > type : Bitcast
    """,
    "its coordinates are float32": """
        T - - T > T : FusedResizeAndPadConv2D
    """,
}


@dataclass(frozen=True)
class Signature:
    """What an operation takes and gives, and why it has no float64 form."""

    takes: tuple[str, ...]
    """A word of the table for each data input."""
    gives: tuple[str, ...]
    """A word of the table for each output."""
    why: str
    """Why it stays in float32."""

    def inputs(self, node: NodeDef) -> list[int]:
        """TensorFlow's type of each data input of a node; UNKNOWN where it is never a float."""
        return _types(node, self.takes)

    def outputs(self, node: NodeDef) -> list[int]:
        """TensorFlow's type of each output of a node."""
        return _types(node, self.gives)


def _types(node: NodeDef, words: tuple[str, ...]) -> list[int]:
    return [code for word in words for code in _of_word(node, word)]


def _of_word(node: NodeDef, word: str) -> list[int]:
    if "*" in word:
        count, word = word.split("*")
        times = int(attr_of(node, count).i)
        if not 0 <= times <= len(node.input):
            raise GraphError(f"{node.op} '{node.name}' says {count} = {times}; the file is damaged")
        return times * _of_word(node, word)
    if word == "-":
        return [UNKNOWN]
    if word in _FIXED:
        return [_FIXED[word]]
    name, _, default = word.partition("=")
    if name not in node.attr:
        return [_DEFAULTS.get(default, DT_FLOAT)]
    attr = node.attr[name]
    if attr.WhichOneof("value") == "list":
        return list(attr.list.type)
    if not attr.type:
        raise GraphError(f"{node.op} '{node.name}' has no type '{name}'; the file is damaged")
    return [attr.type]


def _parse() -> dict[str, Signature]:
    found: dict[str, Signature] = {}
    for why, text in _TABLE.items():
        for line in re.sub(r"\n {12}", " ", text).strip().splitlines():  # a line may be continued
            takes, gives, names = re.split("[>:]", line)
            signature = Signature(tuple(takes.split()), tuple(gives.split()), why)
            found |= dict.fromkeys(names.split(), signature)
    return found


FLOAT32_ONLY: dict[str, Signature] = _parse()
"""Operation → its signature."""

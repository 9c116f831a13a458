"""Operations that the frontend refuses for good, and why.

They are still computed where all that they read is constant.
"""

LOOPS = ("Enter", "Exit", "NextIteration", "LoopCond")
"""Operations of a lowered while loop, whose nodes read each other in a circle."""
REFUSALS = {
    "the shape of its result depends on what the graph is fed": (
        *("Where", "DynamicPartition", "ListDiff", "EditDistance"),
        *("Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2"),
        *("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3"),
        "NonMaxSuppressionWithOverlaps",
    ),
    "it selects boxes one after the other, for which there is no kernel": (
        *("NonMaxSuppressionV4", "NonMaxSuppressionV5", "CombinedNonMaxSuppression"),
    ),
    "its control flow depends on what the graph is fed": (
        *(*LOOPS, "Switch", "Merge"),
        *("RefEnter", "RefExit", "RefNextIteration", "RefSwitch", "RefMerge", "_SwitchN"),
        "For",
    ),
    "it draws random numbers": (
        *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "RandomShuffle"),
        *("RandomGamma", "RandomPoisson", "RandomPoissonV2", "Multinomial", "TruncatedNormal"),
        *("ParameterizedTruncatedNormal", "StatelessMultinomial", "StatelessTruncatedNormal"),
        *("StatelessRandomUniform", "StatelessRandomUniformV2", "StatelessRandomNormal"),
        *("StatelessRandomNormalV2", "StatelessRandomUniformInt"),
    ),
    "it computes with a sparse tensor": (
        *("SparseTensorDenseMatMul", "SparseToDense", "SparseReorder", "SparseReshape"),
        *("SparseFillEmptyRows", "SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"),
        *("SparseConcat", "SparseSlice", "SparseSplit", "SparseAdd", "SparseReduceSum"),
        *("SparseDenseCwiseMul", "SparseSoftmax", "SparseBincount"),
    ),
    "it reads or writes a variable: freeze the graph": (
        *("Variable", "VariableV2", "VarHandleOp", "ReadVariableOp", "AssignVariableOp", "Assign"),
        *("ResourceGather", "VarIsInitializedOp"),
    ),
    "it computes with text or a table": (
        *("LookupTableFindV2", "HashTableV2", "StringSplit", "StringSplitV2", "StringJoin"),
        *("AsString", "StringToNumber", "StringToHashBucketFast", "DecodeRaw", "RegexReplace"),
    ),
}
"""Why → operations."""


def reason_of(op: str) -> str:
    """Why an operation is refused for good; empty where it just has no converter.

    >>> reason_of("Where")
    'the shape of its result depends on what the graph is fed'
    """
    return next((reason for reason, ops in REFUSALS.items() if op in ops), "")

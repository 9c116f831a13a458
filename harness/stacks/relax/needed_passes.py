"""The passes of TVM 0.27 that are no matter of choice: they lower what code generation lacks.

Every other pass is optional, also one that TVM does not have by itself. With none of those, both
pipelines still give the scores of a small network (`harness/locate/passes/tests`).
"""

from harness.stacks.pass_limits import PassRules

_GRAPH = frozenset(
    {
        *("sequential", "_pipeline", "LegalizeOps", "ToNonDataflow", "RemovePurityChecking"),
        *("CallTIRRewrite", "LowerAllocTensor", "LowerRuntimeBuiltin", "ComputePrimValue"),
        *("VMShapeLower", "AttachGlobalSymbol", "ExpandTupleArguments", "FuseTIRInner"),
        *("ExpandTupleArgumentsInner", "RemoveUnusedParameters"),
    }
)
_KERNELS = frozenset(
    {
        *("tirx.BindTarget", "s_tir.LowerCrossThreadReduction", "s_tir.LowerInitBlock"),
        *("s_tir.PlanAndUpdateBufferAllocationLocation", "s_tir.ConvertBlocksToOpaque"),
        *("s_tir.LiftThreadBinding", "s_tir.ManifestSharedMemoryLocalStage"),
        *("s_tir.LowerAutoCopy", "s_tir.UnifyThreadBinding", "s_tir.LowerMatchBuffer"),
        *("s_tir.TransformMmaBufferLayout", "s_tir.LowerOpaqueBlock", "tirx.FlattenBuffer"),
        *("tirx.BF16ComputeLegalize", "tirx.FP8ComputeLegalize", "s_tir.InjectVirtualThread"),
        *("tirx.VectorizeLoop", "s_tir.RewriteUnsafeSelect", "s_tir.LowerVtcmAlloc"),
        *("tirx.AnnotateEntryFunc", "s_tir.ThreadSync", "s_tir.InferFragment"),
        *("s_tir.LowerThreadAllreduce", "tirx.SplitHostDevice", "tirx.ConvertSSA"),
        *("tirx.MakePackedAPI", "tirx.FP8StorageLegalize", "tirx.BF16StorageLegalize"),
        *("tirx.Filter", "tirx.LowerTVMBuiltin", "tirx.LowerIntrin", "tirx.LowerWarpMemory"),
        *("tirx.LowerCustomDatatypes", "tirx.LowerDeviceKernelLaunch"),
        *("tirx.LowerDeviceStorageAccessInfo", "s_tir.MergeSharedMemoryAllocations"),
    }
)
PASS_RULES = PassRules(needed=_GRAPH | _KERNELS, follows={"FuseTIR": "FuseOps"})

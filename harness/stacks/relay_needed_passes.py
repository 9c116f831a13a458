"""The passes of TVM 0.19 that are no matter of choice: they lower what code generation lacks.

Every other pass is optional, also one that TVM does not have by itself. With none of those, the
scores of a small network are still right (`harness/locate/passes/tests`). FuseOps is among those
that are needed, since only what it has put into functions becomes kernels.
"""

from harness.stacks.pass_limits import PassRules

_GRAPH = frozenset(
    {
        *("sequential", "InferType", "qnn.Legalize", "QnnLegalize", "QnnCanonicalize", "Legalize"),
        *("SimplifyInference", "SplitArgs", "PlanDevices", "PlanDevicesRewrite", "PlanDevicesCore"),
        *("PlanDevicesCheckConflicts", "FuseOps", "InlineGlobals", "LabelOps"),
        *("AnnotateMemoryScope", "RelayToTIRTargetHook", "LowerTE", "LowerTensorExpr"),
        *("ToBasicBlockNormalForm",),
    }
)
_KERNELS = frozenset(
    f"tir.{name}"
    for name in (
        *("TextureFlatten", "StorageFlatten", "StorageFlatten_impl", "BufferShapeLegalize"),
        *("BufferStrideLegalize", "ThreadScopePropagate", "BufferBindUnwrapper"),
        *("ApplyLayoutTransforms", "StorageFlattener", "AssertSimplifier"),
        *("LowerCrossThreadReduction", "LowerInitBlock", "PlanAndUpdateBufferAllocationLocation"),
        *("ConvertBlocksToOpaque", "LiftThreadBinding", "ManifestSharedMemoryLocalStage"),
        *("LowerAutoCopy", "UnifyThreadBinding", "LowerMatchBuffer", "TransformMmaBufferLayout"),
        *("LowerOpaqueBlock", "FlattenBuffer", "BF16ComputeLegalize", "FP8ComputeLegalize"),
        *("VectorizeLoop", "InjectVirtualThread", "RewriteUnsafeSelect", "BindParams"),
        *("BindTarget", "ThreadSync", "Filter", "LowerCustomDatatypes", "LowerIntrin"),
        *("LowerDeviceStorageAccessInfo", "ExtractPrimFuncConstants", "calculate_allocated_bytes"),
        *("LowerVtcmAlloc", "AnnotateEntryFunc", "InferFragment", "LowerThreadAllreduce"),
        *("AnnotateDeviceRegions", "SplitHostDevice", "ConvertSSA", "MergeSharedMemoryAllocations"),
        *("MakePackedAPI", "FP8StorageLegalize", "BF16StorageLegalize", "LowerDeviceKernelLaunch"),
        *("LowerTVMBuiltin", "CombineContextCall", "LowerWarpMemory"),
    )
)
PASS_RULES = PassRules(needed=_GRAPH | _KERNELS)

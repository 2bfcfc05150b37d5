// The heap that workers are cloned with.
#pragma once

namespace executor {

// Takes the free blocks that preloading has left between live ones, and keeps them. A worker's own
// allocations then lie together, on few pages; with scattered blocks each allocation would make the
// kernel copy another page. Pages on which nothing lives go back to the system: each would cost
// every clone. Call in the zygote once, after everything is loaded.
void use_up_free_blocks();

}  // namespace executor

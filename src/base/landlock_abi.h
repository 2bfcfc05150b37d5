// Whether the kernel lets this process use Landlock (landlock(7)).
#pragma once

namespace executor {

// The version of its interface. 0: the kernel has none, or a container's filter refuses it.
int landlock_abi();

}  // namespace executor

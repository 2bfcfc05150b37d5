// What the responder asks of the launcher, the small process that stays root where workers get user
// ids of their own. One packet each way, on a socket that both have from the start:
//
//   responder → launcher:  "start", with the zygote's end of a control socket
//   launcher → responder:  "started", with the zygote's pidfd and an end of its lifeline; or any
//                          other text, which is why not
//
// The lifeline is how the responder ends a zygote that it may not signal, in whatever state that
// is: when its end is closed, the launcher kills the zygote and all that runs under its ids.
//
// Nothing else can be asked for: which program is started, as whom and with which rights is the
// launcher's own configuration.
#pragma once

#include <cstddef>
#include <string_view>

namespace executor {

inline constexpr std::string_view kLaunchRequest = "start";
inline constexpr std::string_view kLaunched = "started";
inline constexpr std::size_t kLaunchedFds = 2;

}  // namespace executor

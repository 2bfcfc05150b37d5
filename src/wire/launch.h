// What the responder asks of the launcher, the small process that stays root where workers get user
// ids of their own. One packet each way, on a socket that both have from the start:
//
//   responder → launcher:  "start", with the zygote's end of a control socket
//   launcher → responder:  "started", with the zygote's pidfd; or any other text, which is why not
//
// Nothing else can be asked for: which program is started, as whom and with which rights is the
// launcher's own configuration.
#pragma once

#include <string_view>

namespace executor {

inline constexpr std::string_view kLaunchRequest = "start";
inline constexpr std::string_view kLaunched = "started";

}  // namespace executor

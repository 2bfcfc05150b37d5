// What a worker says before its job, and what a script says in its place.
#include "fuzz/property.h"
#include "wire/job.h"

namespace executor {

void check_properties(std::string_view input) {
  const auto announcement = decode_announcement(input);
  if (!announcement) return;
  must(encode(*announcement) == input, "an announcement has one form");
  must(!announcement->warm || announcement->failure.empty(), "a warm worker has not failed");

  const std::string more = std::string(input) + '\0';
  must(!decode_announcement(more), "nothing may follow an announcement");
  for (std::size_t size = 0; size < input.size(); ++size) {
    must(!decode_announcement(input.substr(0, size)), "a part of an announcement is invalid");
  }
}

}  // namespace executor

// What a responder that was taken over can say to what is root: to the launcher, and to a zygote of
// the tier uid.
#include "wire/launch.h"

#include "fuzz/property.h"
#include "wire/control.h"

namespace executor {

void check_properties(std::string_view input) {
  const auto digest = decode_launch(input);
  must(!digest || encode_launch(*digest) == input, "a request has one form");
  const auto spawn = decode_spawn(input);
  must(!spawn || encode(ToZygote(*spawn)) == input, "an order for workers has one form");
  must(!spawn || spawn->count <= kMaxSpawned, "no more workers are asked for than there may be");
  must(!digest || !spawn, "no message is for both");

  // The launcher's own command line, which goes through this as well.
  must(from_hex(to_hex(input)) == input, "bytes come back from their digits");
  const auto bytes = from_hex(input);
  must(!bytes || to_hex(*bytes) == input, "bytes have one form in digits");
}

}  // namespace executor

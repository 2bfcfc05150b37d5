// From how many processors on one zygote, which is one thread, would be the limit.
#pragma once

#include <string>
#include <vector>

#include "contender.h"
#include "measure.h"

namespace executor::bench {

struct ZygoteLimit {
  std::string script;
  double share = 0;  // the zygote's, of all CPU time that the service's runs take at saturation
  double processors = 0;  // that this zygote can keep busy
};

// At saturation, by the CPU time of processes named python-zygote: no other service may run on this
// machine. The bench's own CPU time is left out, as clients usually have machines of their own.
std::vector<ZygoteLimit> measure_zygote_limit(const Contender& service, const Effort& effort);

}  // namespace executor::bench

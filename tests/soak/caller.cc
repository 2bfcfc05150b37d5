#include "soak/kind.h"

namespace executor::test {

Response Caller::send(const Request& request) {
  if (!kept_) kept_ = std::make_unique<Connection>(port_);
  try {
    Response response = kept_->send(request);
    if (response.header("Connection") == "close") kept_.reset();
    return response;
  } catch (const boost::system::system_error&) {
    kept_.reset();
    throw;
  }
}

}  // namespace executor::test

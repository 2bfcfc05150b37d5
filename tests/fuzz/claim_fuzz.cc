// What a worker sends instead of, before and as its claim, up to the answer that is made of it.
//
// An input is a list of packets with "\n---\n" between. Their first byte says how the rest is sent:
//   x  as it is
//   n  after the nonce
//   p  after the nonce and a header of two decimal numbers, total and offset: "p18 0 chunk"
//   c  as a whole claim: its kind ('a' is 0), status (decimal), text, tab, detail, and for each
//      attachment a tab, its kind ('a' is 0), name, '=', bytes: "ck11 text\tdetail\tcd/f=content"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "contract/input_files.h"
#include "contract/json_check.h"
#include "contract/json_parser.h"
#include "contract/render.h"
#include "execution/hints.h"
#include "execution/verdict.h"
#include "fuzz/property.h"
#include "wire/codec.h"
#include "wire/job.h"

namespace executor {
namespace {

constexpr std::size_t kMaxClaim = 256;  // small, so that it is exceeded
constexpr Nonce kNonce = {'n', 'o', 'b', 'o', 'd', 'y', '_', 'k',
                          'n', 'o', 'w', 's', '_', 'i', 't', '!'};

std::string nonce_text() {
  return {kNonce.data(), kNonce.size()};
}

template <typename Number>
Number take_number(std::string_view& rest) {
  const std::string_view digits = take_until(rest, " ");
  Number number{};
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string with_header(std::string_view rest) {
  const auto total = take_number<std::uint32_t>(rest);
  const auto offset = take_number<std::uint32_t>(rest);
  return nonce_text() + Encoder().put(total).put(offset).bytes() + std::string(rest);
}

std::vector<std::string> whole_claim(std::string_view rest) {
  Claim claim;
  if (!rest.empty()) claim.kind = static_cast<ClaimKind>(rest.front() - 'a');
  rest.remove_prefix(rest.empty() ? 0 : 1);
  claim.status = take_number<std::int32_t>(rest);
  claim.text = take_until(rest, "\t");
  claim.detail = take_until(rest, "\t");
  while (!rest.empty()) {
    std::string_view part = take_until(rest, "\t");
    Attachment attachment;
    if (!part.empty()) attachment.kind = static_cast<AttachmentKind>(part.front() - 'a');
    part.remove_prefix(part.empty() ? 0 : 1);
    attachment.name = take_until(part, "=");
    attachment.bytes = part;
    claim.attachments.push_back(std::move(attachment));
  }
  return encode(claim, kNonce);
}

std::vector<std::string> packets_in(std::string_view input) {
  std::vector<std::string> packets;
  while (!input.empty()) {
    const std::string_view part = take_until(input, "\n---\n");
    const std::string_view rest = part.substr(part.empty() ? 0 : 1);
    const char form = part.empty() ? 'x' : part.front();
    if (form == 'c') {
      for (std::string& packet : whole_claim(rest)) packets.push_back(std::move(packet));
    } else if (form == 'p') {
      packets.push_back(with_header(rest));
    } else {
      packets.push_back((form == 'n' ? nonce_text() : "") + std::string(rest));
    }
  }
  return packets;
}

// A signal handler's claim is read even when it comes in the middle of another.
void check_signal_claim(ClaimReader& reader) {
  const auto packet = encode_signal_claim(11, kNonce);
  must(reader.feed({packet.data(), packet.size()}) == ClaimReader::State::kDone,
       "a whole claim is read after anything that is not a claim");
  const Claim claim = reader.take();
  must(claim.kind == ClaimKind::kSignaled && claim.status == 11, "a signal's claim is of it");
}

// The claim that the responder takes from these packets: the first that is whole.
std::optional<Claim> read_claim(const std::vector<std::string>& packets, bool foreign_ones) {
  ClaimReader reader(kNonce, kMaxClaim);
  for (const std::string& packet : packets) {
    const bool foreign = !packet.starts_with(nonce_text());
    if (foreign && !foreign_ones) continue;
    const auto state = reader.feed(packet);
    must(!foreign || state == ClaimReader::State::kIgnored, "without the nonce nothing is read");
    if (state == ClaimReader::State::kDone) return reader.take();
  }
  check_signal_claim(reader);
  return std::nullopt;
}

// Whether packets with the nonce carry this claim from its first byte to its last, in order.
bool was_sent(const Claim& claim, const std::vector<std::string>& packets) {
  Encoder head;
  head.put(claim.kind).put(claim.status);
  head.put(std::string_view(claim.text));
  head.put(static_cast<std::uint32_t>(claim.attachments.size()));
  for (const Attachment& attachment : claim.attachments) {
    head.put(attachment.kind).put(std::string_view(attachment.name));
    head.put(std::string_view(attachment.bytes));
  }
  const std::string body = head.bytes() + claim.detail;
  std::size_t sent = 0;
  for (const std::string& packet : packets) {
    if (!packet.starts_with(nonce_text())) continue;
    Decoder from(std::string_view(packet).substr(kNonce.size()));
    const std::size_t total = from.get<std::uint32_t>();
    const std::size_t offset = from.get<std::uint32_t>();
    const std::string_view chunk = from.get_rest();
    const bool next = offset == 0 || offset == sent;
    if (!from.ok() || total != body.size() || !next) continue;
    if (std::string_view(body).substr(offset).starts_with(chunk)) sent = offset + chunk.size();
    if (sent == body.size()) return true;
  }
  return false;
}

std::size_t size_of(const Claim& claim) {
  std::size_t size = claim.text.size() + claim.detail.size();
  for (const Attachment& attachment : claim.attachments) {
    size += attachment.name.size() + attachment.bytes.size();
  }
  return size;
}

bool same(const std::optional<Claim>& a, const std::optional<Claim>& b) {
  if (!a || !b) return !a && !b;
  return a->kind == b->kind && a->status == b->status && a->text == b->text &&
         a->detail == b->detail && a->attachments == b->attachments;
}

// Whether a script's process can end so; the other endings are words of the service's own.
bool is_scripts_ending(Ending ending) {
  switch (ending) {
    case Ending::kReturned:
    case Ending::kMissingMain:
    case Ending::kSyntaxError:
    case Ending::kException:
    case Ending::kInvalidResult:
    case Ending::kExited:
    case Ending::kTimeout:
    case Ending::kMemoryLimit:
    case Ending::kFileLimit:
    case Ending::kOutputLimit:
    case Ending::kCrashed:
      return true;
    case Ending::kBadRequest:
    case Ending::kOverloaded:
    case Ending::kShuttingDown:
    case Ending::kInternal:
    case Ending::kCancelled:
      return false;
  }
  return false;
}

bool is_omitted(const Attachment& attachment) {
  return attachment.kind == AttachmentKind::kOmittedFile;
}

// What was asked for, and so is there.
std::string expected_extras(const Outcome& outcome) {
  const bool omitted = std::any_of(outcome.files->begin(), outcome.files->end(), is_omitted);
  return std::string("images last_value files ") + (omitted ? "files_omitted " : "");
}

// The keys of the body, in order: an answer never has others, no matter what was claimed.
std::string expected_keys(Dialect dialect, const Outcome& outcome) {
  const std::string err = outcome.err.empty() ? "" : "stderr ";
  const std::string rest = expected_extras(outcome) + (outcome.hint.empty() ? "" : "hint ");
  if (dialect == Dialect::kProgram) {
    const std::string type = outcome.ending == Ending::kReturned ? "" : "error_type ";
    return "output error " + type + "execution_time " + err + rest;
  }
  if (outcome.ending == Ending::kReturned) return "result stdout " + err + rest;
  if (outcome.ran) return "error error_type stdout stderr " + rest;
  return std::string("error error_type ") + (outcome.hint.empty() ? "" : "hint ");
}

// A file of an answer can be the next request's: its path stays below the directory, and no two
// have the same. The service itself writes none of them.
void check_files(const Outcome& outcome, const boost::json::object& answer) {
  std::size_t files = 0;
  for (const Attachment& file : *outcome.files) {
    must(is_valid_utf8(file.name), "a file's name is UTF-8");
    must(is_omitted(file) || path_fault(file.name).empty(), "a file's path is one of a request");
    files += is_omitted(file) ? 0 : 1;
  }
  const auto* const given = answer.if_contains("files");
  must(given == nullptr || given->as_object().size() == files, "no two files have one name");
}

void check_body(Dialect dialect, const Outcome& outcome, const std::string& body) {
  must(is_valid_utf8(body), "an answer is UTF-8");
  must(parse_json<JsonEvents>(body, kMaxResultDepth + 1), "an answer is JSON");
  boost::json::parse_options options;
  options.max_depth = kMaxResultDepth + 1;
  const auto answer = boost::json::parse(body, {}, options).as_object();
  std::string keys;
  for (const auto& pair : answer) keys += std::string(pair.key()) + ' ';
  must(keys == expected_keys(dialect, outcome), "an answer has the contract's fields only");
  const auto* out = answer.if_contains(dialect == Dialect::kProgram ? "output" : "stdout");
  must(out == nullptr || std::string_view(out->as_string()) == outcome.out, "output is unchanged");
  check_files(outcome, answer);
}

// Whatever a worker calls a hint; here, what it calls a detail.
void check_hint(Outcome& outcome, const std::string& said) {
  outcome.hint = judge_hint({{AttachmentKind::kHint, {}, said}});
  outcome.hint = hint_of(outcome, {});
  must(is_valid_utf8(outcome.hint), "a hint is UTF-8");
  must(outcome.hint.size() <= kMaxHint, "a hint is short");
  must(outcome.hint.find('\n') == std::string::npos, "a hint is one line");
}

void check_judgement(Dialect dialect, const Claim& claim) {
  Outcome outcome = judge(dialect, {.claim = claim}, RunLimits());
  must(is_scripts_ending(outcome.ending), "a claim gives an ending of scripts");
  must(outcome.out.empty(), "a claim says nothing of stdout");
  must(outcome.err == to_valid_utf8(claim.detail), "the detail is all that is added to stderr");
  must(is_valid_utf8(outcome.error), "an error is UTF-8");
  must(outcome.result_json.empty() || is_json(outcome.result_json), "a result is JSON");

  outcome.out = to_valid_utf8(claim.text);
  outcome.images = judge_images(claim.attachments);
  outcome.files = judge_files(claim.attachments);
  outcome.last_value_json = judge_last_value(claim.attachments);
  check_hint(outcome, claim.detail);
  const Answer answer = render(dialect, outcome);
  const bool known = answer.status == 200 || answer.status == 400 || answer.status == 500;
  must(dialect == Dialect::kProgram ? answer.status == 200 : known,
       "a run has one of its statuses");
  must(dialect == Dialect::kProgram ||
           (answer.status == 200) == (outcome.ending == Ending::kReturned),
       "what did not return is no success");
  check_body(dialect, outcome, answer.body);
}

}  // namespace

void check_properties(std::string_view input) {
  const std::vector<std::string> packets = packets_in(input);
  const std::optional<Claim> claim = read_claim(packets, true);
  must(same(claim, read_claim(packets, false)), "packets without the nonce change nothing");
  if (!claim) return;

  must(static_cast<std::uint8_t>(claim->kind) <= kLastClaimKind, "a claim is of a known kind");
  must(size_of(*claim) <= kMaxClaim, "a claim is within its limit");
  must(was_sent(*claim, packets), "a claim is what was sent");
  must(same(claim, read_claim(encode(*claim, kNonce), true)), "a claim survives being sent again");
  check_judgement(Dialect::kFunction, *claim);
  check_judgement(Dialect::kProgram, *claim);
}

}  // namespace executor

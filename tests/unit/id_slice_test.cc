#include "jail/id_slice.h"

#include <unistd.h>

#include <set>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

constexpr std::uint32_t kCount = 64;

// Far from all ids that are in use, and this process's own: locks concern the whole machine.
SubordinateIds ids_of_the_test() {
  const auto first = 1'000'000'000U + static_cast<std::uint32_t>(::getpid()) * kCount;
  return {{first, kCount}, {first + 7, kCount}};
}

// As many slices of that size as there are, or as are available.
std::vector<IdSlice> take_all(std::uint32_t size, const std::set<unsigned>& in_use = {}) {
  std::vector<IdSlice> slices;
  for (;;) {
    auto slice = IdSlice::take(ids_of_the_test(), size, in_use);
    if (!slice) return slices;
    slices.push_back(std::move(*slice));
  }
}

BOOST_AUTO_TEST_SUITE(id_slice_test)

BOOST_AUTO_TEST_CASE(slices_do_not_overlap_and_lie_within_the_range) {
  const SubordinateIds all = ids_of_the_test();
  std::set<std::uint32_t> seen;
  const auto slices = take_all(16);
  BOOST_TEST(slices.size() == 4U);
  for (const IdSlice& slice : slices) {
    const SubordinateIds& ids = slice.ids();
    BOOST_TEST(ids.uids.count == 16U);
    BOOST_TEST(ids.gids.count == 16U);
    BOOST_TEST(ids.gids.first - all.gids.first == ids.uids.first - all.uids.first);
    for (std::uint32_t i = 0; i < ids.uids.count; ++i) {
      BOOST_TEST(all.uids.contains(ids.uids.first + i));
      BOOST_TEST(seen.insert(ids.uids.first + i).second);
    }
  }
}

BOOST_AUTO_TEST_CASE(slices_of_different_sizes_do_not_overlap) {
  const auto one = IdSlice::take(ids_of_the_test(), 48, {});
  BOOST_REQUIRE(one.has_value());
  const auto rest = take_all(16);
  BOOST_TEST(rest.size() == 1U);
  BOOST_TEST(!one->ids().uids.contains(rest[0].ids().uids.first));
}

BOOST_AUTO_TEST_CASE(a_slice_is_free_again_after_its_end) {
  { BOOST_TEST(IdSlice::take(ids_of_the_test(), kCount, {}).has_value()); }
  const auto again = IdSlice::take(ids_of_the_test(), kCount, {});
  BOOST_REQUIRE(again.has_value());
  const auto more = IdSlice::take(ids_of_the_test(), 1, {});
  BOOST_REQUIRE(!more.has_value());
  BOOST_TEST(more.error().text() == "all subordinate ids are in use: 1 of 64 in a row are needed");
}

BOOST_AUTO_TEST_CASE(a_slice_of_which_a_process_has_an_id_is_not_taken) {
  const std::uint32_t first = ids_of_the_test().uids.first;
  const auto slices = take_all(16, {first + 15, first + 16, first + 63, first + 64});
  BOOST_REQUIRE(slices.size() == 1U);
  BOOST_TEST(slices[0].ids().uids.first == first + 32);
}

BOOST_AUTO_TEST_CASE(a_range_that_is_too_small_has_no_slice) {
  BOOST_TEST(!IdSlice::take(ids_of_the_test(), kCount + 1, {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor

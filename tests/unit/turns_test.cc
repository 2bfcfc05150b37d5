#include "execution/turns.h"

#include <string>
#include <vector>

#include "support/boost_test.h"

namespace executor {
namespace {

struct One {
  std::string key;
  int number = 0;
};

struct Queue {
  explicit Queue(std::vector<One> them) : all(std::move(them)) {
    for (One& one : all) turns.add(one.key, &one);
  }
  std::string order() {
    std::string order;
    while (!turns.empty()) {
      const One* const one = turns.next();
      order += one->key + std::to_string(one->number) + " ";
    }
    return order;
  }
  [[nodiscard]] const One* displaced_by(const std::string& key) const {
    return turns.displaced_by(key, [](const One*) { return true; });
  }

  std::vector<One> all;
  Turns<One> turns;
};

BOOST_AUTO_TEST_SUITE(turns)

BOOST_AUTO_TEST_CASE(with_one_key_the_order_is_that_of_arrival) {
  BOOST_TEST(Queue({{"", 1}, {"", 2}, {"", 3}}).order() == "1 2 3 ");
}

BOOST_AUTO_TEST_CASE(keys_take_turns_whoever_came_first) {
  Queue queue({{"a", 1}, {"a", 2}, {"a", 3}, {"b", 1}, {"c", 1}, {"b", 2}});
  BOOST_TEST(queue.order() == "a1 b1 c1 a2 b2 a3 ");
}

BOOST_AUTO_TEST_CASE(those_that_may_not_go_yet_are_passed_over_and_keep_their_place) {
  Queue queue({{"a", 1}, {"a", 2}, {"b", 1}, {"b", 2}});
  const auto even = [](const One* one) { return one->number % 2 == 0; };
  BOOST_TEST(queue.turns.next(even)->key == "a");
  BOOST_TEST(queue.turns.next(even)->key == "b");
  BOOST_TEST((queue.turns.next(even) == nullptr));
  BOOST_TEST(queue.order() == "a1 b1 ");
}

BOOST_AUTO_TEST_CASE(a_key_that_comes_back_has_its_turn_after_the_others) {
  Queue queue({{"a", 1}, {"b", 1}, {"b", 2}});
  BOOST_TEST(queue.turns.next()->key == "a");
  One again{"a", 2};
  queue.turns.add("a", &again);
  BOOST_TEST(queue.order() == "b1 a2 b2 ");
}

BOOST_AUTO_TEST_CASE(one_that_is_removed_takes_no_turn) {
  Queue queue({{"a", 1}, {"b", 1}, {"a", 2}});
  queue.turns.remove(&queue.all[0]);
  queue.turns.remove(&queue.all[1]);
  queue.turns.remove(&queue.all[1]);
  BOOST_TEST(queue.turns.size() == 1U);
  BOOST_TEST(queue.order() == "a2 ");
}

BOOST_AUTO_TEST_CASE(the_latest_of_the_key_with_the_most_makes_room_for_one_with_fewer) {
  const Queue queue({{"a", 1}, {"a", 2}, {"b", 1}, {"a", 3}});
  BOOST_TEST(queue.displaced_by("c") == &queue.all[3]);
  BOOST_TEST(queue.displaced_by("b") == &queue.all[3]);
  BOOST_TEST(queue.displaced_by("a") == nullptr);
}

BOOST_AUTO_TEST_CASE(none_makes_room_where_the_newcomer_would_have_as_many) {
  const Queue queue({{"a", 1}, {"a", 2}, {"b", 1}});
  BOOST_TEST(queue.displaced_by("b") == nullptr);
  BOOST_TEST(Queue({}).displaced_by("a") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace executor

#include "runner/heap.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

#include "support/boost_test.h"

// As in Python.h, which has one door.
extern "C" void* PyObject_Malloc(std::size_t size);
extern "C" void PyObject_Free(void* block);
extern "C" int Py_IsInitialized();
extern "C" void Py_InitializeEx(int with_signal_handlers);

namespace executor {
namespace {

constexpr std::size_t kPage = 4096;

// Allocates `count` blocks, and frees one of `each` of them.
void leave_holes(void* (*allocate)(std::size_t), void (*release)(void*), std::size_t size,
                 std::size_t count, std::size_t each) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(allocate(size));
  for (std::size_t i = 0; i < count; i += each) release(blocks[i]);
}

std::size_t pages_of(void* (*allocate)(std::size_t), std::size_t size, std::size_t count) {
  std::set<std::uintptr_t> pages;
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = reinterpret_cast<std::uintptr_t>(allocate(size));
    pages.insert(first / kPage);
    pages.insert((first + size - 1) / kPage);
  }
  return pages.size();
}

// Of the whole pages in blocks of that size.
std::size_t resident_pages(const std::vector<std::uintptr_t>& blocks, std::size_t size) {
  std::size_t count = 0;
  for (const std::uintptr_t block : blocks) {
    const std::uintptr_t first = (block + kPage - 1) / kPage * kPage;
    std::vector<unsigned char> resident((block + size - first) / kPage);
    ::mincore(reinterpret_cast<void*>(first), resident.size() * kPage, resident.data());
    for (const unsigned char page : resident) count += page & 1U;
  }
  return count;
}

// From Python 3.12 on its allocator is its interpreter's.
struct StartedPython {
  StartedPython() {
    if (Py_IsInitialized() == 0) Py_InitializeEx(0);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(heap_test, StartedPython)

// A sanitizer's allocator does not fill holes.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(small_objects_lie_together_where_others_have_left_holes) {
  for (const std::size_t size : {32, 64, 96, 256}) {
    const std::size_t row = kPage / size;
    leave_holes(&PyObject_Malloc, &PyObject_Free, size, 100 * row, row);
  }
  use_up_free_blocks();
  for (const std::size_t size : {32, 64, 96, 256}) {
    BOOST_TEST(pages_of(&PyObject_Malloc, size, kPage / size) <= 2u);
  }
}

BOOST_AUTO_TEST_CASE(larger_blocks_lie_together_where_others_have_left_holes) {
  leave_holes(&std::malloc, &std::free, 700, 1000, 10);
  use_up_free_blocks();
  BOOST_TEST(pages_of(&std::malloc, 700, 5) <= 2u);
}

BOOST_AUTO_TEST_CASE(pages_of_which_nothing_is_used_go_back_to_the_system) {
  constexpr std::size_t kSize = 64 << 10, kCount = 20;
  std::vector<std::uintptr_t> freed;
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < kCount; ++i) {
    blocks.push_back(std::memset(std::malloc(kSize), 1, kSize));
  }
  for (std::size_t i = 0; i < kCount; i += 2) {
    freed.push_back(reinterpret_cast<std::uintptr_t>(blocks[i]));
    std::free(blocks[i]);
  }
  BOOST_TEST(resident_pages(freed, kSize) > kCount / 2 * 14);
  use_up_free_blocks();
  // One or two hold what malloc() notes in front of each block.
  BOOST_TEST(resident_pages(freed, kSize) <= kCount);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor

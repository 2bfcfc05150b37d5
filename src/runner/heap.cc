#define PY_SSIZE_T_CLEAN
#include "runner/heap.h"

#include <Python.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace executor {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPythonStep =
    16;  // Python's allocator has a free list for each multiple of it
constexpr std::size_t kPythonMost = 512;  // and leaves what is larger to malloc()
constexpr std::size_t kMallocStep = 16;
constexpr std::size_t kHeader = 16;          // of malloc()'s, in front of a block
constexpr std::size_t kTop = 128 << 10;      // that stays free at the end, as malloc() itself does
constexpr std::size_t kMallocCached = 1024;  // malloc() keeps what is freed up to this size apart
constexpr std::size_t kMallocMost = std::size_t{64} << 10;
constexpr int kMaxBlocks = 1 << 16;  // of one size: an allocator of another kind ends the search

std::uintptr_t address(const void* block) {
  return reinterpret_cast<std::uintptr_t>(block);
}

// Allocates until as many blocks as fill a page have come in one row, and gives that row back.
void use_up_python_blocks(std::size_t size) {
  const std::size_t row = kPage / size;
  std::vector<void*> last;  // the row that has come so far
  for (int i = 0; i < kMaxBlocks && last.size() < row; ++i) {
    void* block = PyObject_Malloc(size);
    if (block == nullptr) break;
    if (!last.empty() && address(block) != address(last.back()) + size) last.clear();
    last.push_back(block);
  }
  // The last one first: a free list is a stack, and should be in the order of addresses.
  for (; !last.empty(); last.pop_back()) PyObject_Free(last.back());
}

// Allocates until a block comes from the end of the heap, where all that is free is in one piece.
// That block is given back if it joins that piece.
void use_up_malloc_blocks(std::size_t size, std::uintptr_t end) {
  for (int i = 0; i < kMaxBlocks; ++i) {
    void* volatile block = ::malloc(size);  // a compiler may leave out what it sees to be unused
    if (block == nullptr) return;
    if (address(block) < end) continue;
    if (size > kMallocCached) ::free(block);
    return;
  }
}

// Where the heap's last piece begins, which is free.
std::uintptr_t end_of_heap() {
  return address(::sbrk(0)) - ::mallinfo2().keepcost;
}

// A worker that writes to one gets an empty page, and not a copy.
void give_back_pages_at_the_end() {
  const std::uintptr_t begin = (end_of_heap() + kHeader + kPage - 1) & ~(kPage - 1);
  const std::uintptr_t end = address(::sbrk(0)) & ~(kPage - 1);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): where the heap ends is a number
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

void use_up_free_blocks() {
  // First of all the pages on which nothing lives go back: their addresses alone are used up.
  ::malloc_trim(kTop);
  for (std::size_t size = kPythonStep; size <= kPythonMost; size += kPythonStep) {
    use_up_python_blocks(size);
  }
  const std::uintptr_t end = end_of_heap();
  for (std::size_t size = kMallocMost; size > kMallocCached; size /= 2) {
    use_up_malloc_blocks(size, end);
  }
  for (std::size_t size = kMallocCached; size >= kMallocStep; size -= kMallocStep) {
    use_up_malloc_blocks(size, end);
  }
  give_back_pages_at_the_end();
}

}  // namespace executor

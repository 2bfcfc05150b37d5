// What passes between the runner and its harness: a job as keyword arguments, an answer as a claim.
#pragma once

#include <string>
#include <vector>

#include "runner/object.h"
#include "wire/claim.h"
#include "wire/job.h"

namespace executor {

// A list of str. Null, with Python's exception set, when there was no memory.
Object as_list(const std::vector<std::string>& texts);

// A job's members as the keyword arguments of the harness's begin(); those that are absent are its
// defaults. Null when there was no memory.
Object keywords_of(const Job& job);

// The harness's tuple (kind, status, text, detail, attachments). Anything else was caused by the
// script: the harness returns nothing else unless its objects were changed under it.
Claim read_claim(PyObject* answer);

}  // namespace executor

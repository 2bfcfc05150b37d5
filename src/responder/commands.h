// What the program does besides serving. Each returns the exit status.
#pragma once

#include "config/config.h"
#include "execution/options.h"

namespace executor {

// What zygotes of the tier uid are started with, for the launcher (wire/launch.h).
int print_setups(const ServiceOptions& options);

// What --nginx-config and --openapi ask for.
int write_for_nginx(const Config& config);

// What --check-config asks for.
int print_check(const Command& command);

// `python-executor run` is a client of the service. It is a program of its own, so that no HTTP
// gets in here: next to this one, or where packages put programs that people do not start by hand.
// Returns when it is not installed.
int exec_client(char** argv);

// Whether it is `--help run`: the client has a help of its own.
bool asks_about_run(int argc, char** argv);

}  // namespace executor

// Reads the machine. Changes nothing, so it does not disturb a running service.
#pragma once

#include <string>
#include <vector>

#include "doctor/machine.h"
#include "resources/delegated_cgroup.h"

namespace executor {

KernelFacts survey_kernel();
// Makes namespaces, in a child that ends at once.
NamespaceFacts survey_namespaces();
// `launched`: by the launcher, which takes away what the tier uid does not need. What the container
// grants is then what the launcher has.
CallerFacts survey_caller(bool launched);
ContainerFacts survey_container();
// As the service in that mode would find it.
CgroupFacts survey_cgroup(CgroupMode mode);

// `user` is the caller's name.
FirejailFacts survey_firejail(const FirejailOptions& options, const std::string& user);
LibraryFacts survey_fastcgi_library();
SocketFacts survey_socket(const std::string& path);
// Imports `modules` in an interpreter of its own, `path` in front of sys.path.
PythonFacts survey_python(const std::string& python, const std::vector<std::string>& path,
                          const std::vector<std::string>& modules);
// `directory`: where the socket is to be.
ResourceFacts survey_resources(const std::string& directory);

}  // namespace executor

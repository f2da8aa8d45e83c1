// The memory that the running program uses, as Linux reports it.
#pragma once

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

namespace program {

/// A line of /proc/self/status in bytes; nothing where the system has no such file.
inline std::optional<double> memory_status(const std::string& name)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) return 1024 * std::stod(line.substr(name.size() + 1));
    }
    return std::nullopt;
}

/// The most that the program took for itself whenever it was asked. Mapped pages of the file are not its own: the
/// system takes them back when it needs them.
class own_memory {
public:
    void look() { most_ = std::max(most_, memory_status("RssAnon")); }
    [[nodiscard]] std::optional<double> most() const { return most_; }

private:
    std::optional<double> most_{};
};

}  // namespace program

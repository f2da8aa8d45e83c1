// Reads every header on disk and checks who includes whom, and what else a header owes to those who vendor it. Then
// checks the checks: every rule must find the header that breaks it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

// ---- The rules. A part is a folder of include/reassess/ or one file of it.

struct part {
    std::string_view name;
    std::vector<std::string_view> ours;    // folders or files of this library that it may include
    std::vector<std::string_view> others;  // prefixes of headers of other libraries that it may include
    bool opt_in = false;                   // left out of the umbrella
};

const std::vector<std::string_view> the_core{"detail/", "execution/", "data/",       "ranking/",     "metric/",
                                             "loss/",   "labeling/",  "statistics/", "evaluate.hpp", "version.hpp"};

const std::vector<part> parts{
    {"version.hpp", {}, {}},
    {"detail/", {"version.hpp"}, {}},
    {"execution/", {"version.hpp", "detail/"}, {}},
    {"data/", {"version.hpp", "detail/"}, {}},
    {"ranking/", {"version.hpp", "detail/", "data/", "execution/"}, {}},
    {"metric/", {"version.hpp", "detail/", "data/", "execution/", "ranking/"}, {}},
    {"labeling/", {"version.hpp", "detail/", "data/", "execution/", "ranking/"}, {}},
    {"loss/", {"version.hpp", "detail/", "data/", "execution/", "ranking/"}, {}},
    {"statistics/", {"version.hpp", "detail/", "execution/", "data/proportion.hpp"}, {"boost/math/"}},
    {"evaluate.hpp", {"version.hpp", "detail/", "data/", "execution/", "ranking/", "metric/"}, {}},
    {"reassess.hpp", the_core, {}},
    {"instantiate.inl", the_core, {}, true},
    {"execution/thrust.hpp", {"version.hpp", "detail/", "execution/"}, {"thrust/", "cub/", "cuda"}, true},
    {"device/",
     {"version.hpp", "detail/", "execution/", "execution/thrust.hpp", "data/", "ranking/"},
     {"thrust/", "cub/", "cuda"},
     true},
    {"io/", the_core, {"boost/", "nlohmann/", "csv.h", "zip.h", "fcntl.h", "unistd.h", "sys/"}, true},
    {"report/", the_core, {"nlohmann/", "fcntl.h", "spawn.h", "stdlib.h", "sys/", "unistd.h"}, true},
};

// A standard header that nobody may include, and why.
const std::map<std::string, std::string> banned{
    {"execution", "with libstdc++ it makes the user link TBB"},
    {"iostream", "it puts a global object into every translation unit"},
};

/// The standard header of names that only one header declares for use; a header includes it for each name that it uses,
/// because another standard library does not reach it through other headers.
const std::map<std::string_view, std::vector<std::string_view>> standard_names{
    {"algorithm", {"all_of",      "any_of",    "binary_search", "clamp",      "copy",        "copy_n",      "count",
                   "count_if",    "fill",      "fill_n",        "find",       "find_if",     "lower_bound", "max",
                   "max_element", "min",       "min_element",   "none_of",    "nth_element", "reverse",     "sort",
                   "stable_sort", "transform", "unique",        "upper_bound"}},
    {"array", {"array"}},
    {"atomic", {"atomic", "atomic_ref"}},
    {"bit", {"bit_cast", "bit_width", "countl_zero", "countr_zero", "endian", "popcount"}},
    {"charconv", {"from_chars", "to_chars"}},
    {"cmath",
     {"ceil", "erf", "erfc", "exp", "expm1", "floor", "fma", "isfinite", "isinf", "isnan", "ldexp", "lgamma", "log",
      "log10", "log1p", "log2", "pow", "round", "sqrt"}},
    {"concepts", {"convertible_to", "floating_point", "integral", "same_as", "unsigned_integral"}},
    {"cstddef", {"byte", "nullptr_t", "ptrdiff_t", "size_t"}},
    {"cstdint", {"int16_t", "int32_t", "int64_t", "int8_t", "uint16_t", "uint32_t", "uint64_t", "uint8_t"}},
    {"cstring", {"memcmp", "memcpy", "memset"}},
    {"exception", {"current_exception", "exception_ptr", "rethrow_exception"}},
    {"filesystem", {"filesystem"}},
    {"fstream", {"ifstream", "ofstream"}},
    {"functional", {"function", "greater", "less", "plus"}},
    {"initializer_list", {"initializer_list"}},
    {"limits", {"numeric_limits"}},
    {"map", {"map"}},
    {"memory", {"make_shared", "make_unique", "shared_ptr", "unique_ptr"}},
    {"mutex", {"lock_guard", "mutex", "scoped_lock", "unique_lock"}},
    {"numbers", {"numbers"}},
    {"numeric", {"accumulate", "iota", "midpoint", "partial_sum"}},
    {"optional", {"nullopt", "optional"}},
    {"ranges", {"ranges"}},
    {"set", {"set"}},
    {"span", {"span"}},
    {"stdexcept",
     {"domain_error", "invalid_argument", "length_error", "logic_error", "out_of_range", "overflow_error",
      "runtime_error"}},
    {"string", {"string", "to_string"}},
    {"string_view", {"string_view"}},
    {"system_error", {"errc", "error_code", "system_error"}},
    {"thread", {"jthread", "thread"}},
    {"tuple", {"make_tuple", "tuple"}},
    {"type_traits",
     {"conditional_t", "decay_t", "invoke_result_t", "is_const_v", "is_floating_point_v", "is_integral_v", "is_same_v",
      "is_trivially_copyable_v", "make_unsigned_t", "remove_const_t", "remove_cvref_t"}},
    {"unordered_map", {"unordered_map"}},
    {"utility", {"exchange", "forward", "in_range", "move", "pair"}},
    {"variant", {"monostate", "variant", "visit"}},
    {"vector", {"vector"}},
};

// ---- Reading headers.

using tree = std::map<std::string, std::string>;  // path below include/reassess/ -> text

bool is_folder(std::string_view name)
{
    return name.ends_with('/');
}

bool covers(std::string_view entry, std::string_view path)
{
    return is_folder(entry) ? path.starts_with(entry) : path == entry;
}

/// The part that a path or an entry of the table belongs to: a file's own row before its folder's.
const part* part_of(std::string_view path)
{
    const part* found = nullptr;
    for (const part& candidate : parts) {
        if (covers(candidate.name, path) && (!found || candidate.name.size() > found->name.size())) found = &candidate;
    }
    return found;
}

/// The text without comments; string literals are kept.
std::string without_comments(const std::string& text)
{
    std::string code;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i + 1;
        if (text.compare(i, 2, "//") == 0) {
            i = end = std::min(text.find('\n', i), text.size());
        } else if (text.compare(i, 2, "/*") == 0) {
            end = text.find("*/", i + 2);
            i = end = end == std::string::npos ? text.size() : end + 2;
        } else if (text.compare(i, 3, "'\"'") == 0) {
            end = i + 3;
        } else if (text[i] == '"') {
            while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
            end = std::min(end + 1, text.size());
        }
        code.append(text, i, end - i);
        i = end;
    }
    return code;
}

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern)
{
    return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

struct include {
    bool quoted = false;
    std::string name;
    std::string path;  // below include/reassess/, for a quoted one
};

std::vector<include> includes_of(const std::string& path, const std::string& text)
{
    static const std::regex pattern(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]*)[>"])re");
    std::vector<include> found;
    const std::string code = without_comments(text);
    for (const std::smatch& match : matches(code, pattern)) {
        const std::filesystem::path folder = std::filesystem::path(path).parent_path();
        found.push_back(
            {match.str(1) == "\"", match.str(2), (folder / match.str(2)).lexically_normal().generic_string()});
    }
    return found;
}

bool is_standard(const std::string& name)
{
    return name.find_first_of("./") == std::string::npos;
}

/// Everything of ours that a header includes, directly or through others, with itself.
std::set<std::string> reached_from(const tree& headers, const std::string& start)
{
    std::set<std::string> reached;
    std::vector<std::string> open{start};
    while (!open.empty()) {
        const std::string path = open.back();
        open.pop_back();
        if (!headers.contains(path) || !reached.insert(path).second) continue;
        for (const include& i : includes_of(path, headers.at(path))) {
            if (i.quoted) open.push_back(i.path);
        }
    }
    return reached;
}

// ---- The checks. Each adds a line for what it finds.

using findings = std::vector<std::string>;

void check_includes(const tree& headers, const std::string& path, const part& from, findings& found)
{
    for (const include& i : includes_of(path, headers.at(path))) {
        if (i.quoted) {
            const part* to = part_of(i.path);
            const bool allowed = to == &from || std::ranges::any_of(from.ours, [&](std::string_view entry) {
                                     return covers(entry, i.path) && part_of(entry) == to;
                                 });
            if (!headers.contains(i.path)) {
                found.push_back(path + ": includes \"" + i.name + "\", which is not there");
            } else if (!allowed) {
                found.push_back(path + ": may not include " + i.path);
            }
        } else if (i.name.starts_with("reassess/")) {
            found.push_back(path + ": includes <" + i.name + ">; write \"...\" relative to the header, so that a " +
                            "vendored copy finds itself");
        } else if (banned.contains(i.name)) {
            found.push_back(path + ": may not include <" + i.name + ">: " + banned.at(i.name));
        } else if (!is_standard(i.name) && std::ranges::none_of(from.others, [&](std::string_view beginning) {
                       return i.name.starts_with(beginning);
                   })) {
            found.push_back(path + ": may not include <" + i.name + ">");
        }
    }
}

void check_text(const std::string& path, const std::string& text, const std::string& version, findings& found)
{
    static const std::regex define(R"re((?:^|\n)[ \t]*#[ \t]*define[ \t]+(\w+))re");
    static const std::regex condition(R"re((?:^|\n)[ \t]*#[ \t]*(?:el)?if[^\n]*\b(__(?!cpp_|has_)\w+))re");
    static const std::regex directive(R"re((^|\n)[ \t]*#(\\\n|[^\n])*)re");
    static const std::regex our_namespace(R"re(\bnamespace\s+reassess\b\s*(?:::\s*inline\s+(\w+))?)re");

    const std::string code = without_comments(text);
    if (!text.starts_with("//")) found.push_back(path + ": does not start with a comment that says what it is for");
    // An .inl is there to be included more than once.
    const bool once = code.find("#pragma once\n") != std::string::npos;
    if (once == path.ends_with(".inl")) found.push_back(path + ": has no #pragma once (an .inl has one)");
    for (const std::smatch& match : matches(code, define)) {
        if (!match.str(1).starts_with("REASSESS_")) found.push_back(path + ": defines the macro " + match.str(1));
    }
    for (const std::smatch& match : matches(code, condition)) {
        if (path != "detail/config.hpp") {
            found.push_back(path + ": asks for " + match.str(1) +
                            "; only detail/config.hpp may ask which compiler reads it");
        }
    }
    const std::vector<std::smatch> namespaces = matches(code, our_namespace);
    for (const std::smatch& match : namespaces) {
        if (match.str(1) != version) {
            found.push_back(path + ": has '" + match.str() + "', expected inline " + version);
        }
    }
    const std::string declarations = std::regex_replace(code, directive, "\n");
    if (namespaces.empty() && std::ranges::any_of(declarations, [](unsigned char c) { return !std::isspace(c); })) {
        found.push_back(path + ": declares something outside namespace reassess::inline " + version);
    }
}

/// A header includes the standard header of every name that it uses.
void check_standard_names(const std::string& path, const std::string& text, findings& found)
{
    static const std::map<std::string_view, std::string_view> header_of = [] {
        std::map<std::string_view, std::string_view> inverse;
        for (const auto& [name, members] : standard_names) {
            for (const std::string_view member : members) inverse.emplace(member, name);
        }
        return inverse;
    }();
    std::set<std::string> missing;
    const std::string code = without_comments(text);
    constexpr std::string_view prefix = "std::";
    for (std::size_t at = code.find(prefix); at != std::string::npos; at = code.find(prefix, at)) {
        at += prefix.size();
        std::size_t end = at;
        while (end < code.size() && (std::isalnum(static_cast<unsigned char>(code[end])) || code[end] == '_')) ++end;
        const auto entry = header_of.find(std::string_view(code).substr(at, end - at));
        if (entry != header_of.end()) missing.emplace(entry->second);
    }
    for (const include& i : includes_of(path, text)) missing.erase(i.name);
    for (const std::string& name : missing)
        found.push_back(path + ": uses names of <" + name + "> without including it");
}

/// evaluate.hpp needs the standard library only, whatever way a header is reached.
void check_evaluate(const tree& headers, findings& found)
{
    for (const std::string& path : reached_from(headers, "evaluate.hpp")) {
        for (const include& i : includes_of(path, headers.at(path))) {
            if (i.quoted || is_standard(i.name)) continue;
            found.push_back("evaluate.hpp: reaches <" + i.name + "> of " + path);
        }
    }
}

/// An umbrella reaches every header that it stands for.
void check_umbrellas(const tree& headers, findings& found)
{
    const std::set<std::string> core = reached_from(headers, "reassess.hpp");
    const std::map<std::string, std::set<std::string>> opt_in{{"io/", reached_from(headers, "io/io.hpp")},
                                                              {"report/", reached_from(headers, "report/report.hpp")}};
    for (const auto& [path, text] : headers) {
        const part* in = part_of(path);
        if (in && !in->opt_in && !core.contains(path)) found.push_back("reassess.hpp: does not reach " + path);
        for (const auto& [folder, reached] : opt_in) {
            if (path.starts_with(folder) && !reached.contains(path))
                found.push_back(folder + folder.substr(0, folder.size() - 1) + ".hpp: does not reach " + path);
        }
    }
}

findings check(const tree& headers)
{
    findings found;
    const std::string version = "REASSESS_VERSION_NAMESPACE";
    for (const auto& [path, text] : headers) {
        if (const part* from = part_of(path)) {
            check_includes(headers, path, *from, found);
        } else {
            found.push_back(path + ": is in no folder that the rules know");
        }
        check_text(path, text, version, found);
        if (path.ends_with(".hpp")) check_standard_names(path, text, found);
    }
    check_evaluate(headers, found);
    check_umbrellas(headers, found);
    return found;
}

/// A rule for a folder or file that does not exist checks nothing: it is a typing error or was left behind by a move.
void check_names(const tree& headers, findings& found)
{
    const auto exists = [&](std::string_view entry) {
        return std::ranges::any_of(headers, [&](const auto& header) { return covers(entry, header.first); });
    };
    for (const part& p : parts) {
        const std::string rule = "the rule for " + std::string(p.name);
        if (!exists(p.name)) found.push_back(rule + ": there is no such folder or file");
        for (const std::string_view entry : p.ours) {
            if (!exists(entry)) found.push_back(rule + ": it names " + std::string(entry) + ", which does not exist");
        }
    }
}

tree headers_on_disk()
{
    tree headers;
    const std::filesystem::path root = std::filesystem::path(REASSESS_INCLUDE_DIR) / "reassess";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        headers[entry.path().lexically_relative(root).generic_string()] =
            std::string(std::istreambuf_iterator<char>(file), {});
    }
    return headers;
}

// ---- A small tree that keeps every rule, to break in one place at a time.

std::string header(const std::string& lines)
{
    return "// What it is for.\n#pragma once\n" + lines +
           "namespace reassess::inline REASSESS_VERSION_NAMESPACE {\nstruct s {};\n}\n";
}

tree good_tree()
{
    return {
        {"version.hpp", header("#define REASSESS_VERSION_MAJOR 1\n#define REASSESS_VERSION_MINOR 2\n")},
        {"detail/config.hpp",
         "// Macros.\n#pragma once\n#if defined(__CUDACC__)\n#    define REASSESS_X a \\\n  b\n#endif\n"},
        {"data/proportion.hpp", header("#include \"../detail/config.hpp\"\n#include <vector>\n")},
        {"ranking/image_results.hpp", header("#include \"../data/proportion.hpp\"\n")},
        {"ranking/rank.hpp", header("#include \"image_results.hpp\"\n")},
        {"metric/accuracy.hpp", header("#include \"../ranking/image_results.hpp\"\n// #include <boost/x.hpp>\n")},
        {"statistics/interval.hpp", header("#include \"../data/proportion.hpp\"\n#include <boost/math/x.hpp>\n")},
        {"evaluate.hpp", header("#include \"metric/accuracy.hpp\"\n#include \"ranking/rank.hpp\"\n")},
        {"execution/thrust.hpp", header("#include <thrust/version.h>\n")},
        {"device/view.hpp", header("#include \"../execution/thrust.hpp\"\n")},
        {"io/npy.hpp", header("#include \"../evaluate.hpp\"\n#include <sys/mman.h>\n")},
        {"io/io.hpp", "// All of io.\n#pragma once\n#include \"npy.hpp\"\n"},
        {"report/json.hpp", header("#include \"../data/proportion.hpp\"\n#include <nlohmann/json.hpp>\n")},
        {"report/report.hpp", "// All of report.\n#pragma once\n#include \"json.hpp\"\n"},
    };
}

/// With an umbrella over everything that is not opt-in.
tree with_umbrella(tree headers)
{
    std::string umbrella = "// All.\n#pragma once\n";
    for (const auto& [path, text] : headers) {
        const part* in = part_of(path);
        if (in && !in->opt_in) umbrella += "#include \"" + path + "\"\n";
    }
    headers.emplace("reassess.hpp", umbrella);
    return headers;
}

}  // namespace

TEST_CASE("the headers on disk keep the rules")
{
    const tree headers = headers_on_disk();
    REQUIRE(headers.contains("version.hpp"));
    for (const std::string& finding : check(headers)) FAIL_CHECK(finding);
}

TEST_CASE("every folder and file that a rule names exists")
{
    tree headers = headers_on_disk();
    findings found;
    check_names(headers, found);
    for (const std::string& finding : found) FAIL_CHECK(finding);

    // The check finds what is missing.
    headers.erase("version.hpp");
    std::erase_if(headers, [](const auto& header) { return header.first.starts_with("labeling/"); });
    check_names(headers, found);
    CHECK(std::ranges::count(found, "the rule for labeling/: there is no such folder or file") == 1);
    CHECK(std::ranges::count(found, "the rule for version.hpp: there is no such folder or file") == 1);
    CHECK(std::ranges::count(found, "the rule for data/: it names version.hpp, which does not exist") == 1);
    CHECK(std::ranges::count(found, "the rule for io/: it names labeling/, which does not exist") == 1);
}

TEST_CASE("a tree that keeps the rules passes")
{
    for (const std::string& finding : check(with_umbrella(good_tree()))) FAIL_CHECK(finding);
}

TEST_CASE("every rule finds the header that breaks it")
{
    struct breach {
        std::string path, text, finding;
    };
    const std::string data = "#include \"../data/proportion.hpp\"\n";
    const std::vector<breach> breaches{
        {"detail/x.hpp", header(data), "may not include data/proportion.hpp"},
        {"execution/x.hpp", header(data), "may not include data/proportion.hpp"},
        {"data/x.hpp", header("#include \"../ranking/image_results.hpp\"\n"),
         "may not include ranking/image_results.hpp"},
        {"ranking/x.hpp", header("#include \"../metric/accuracy.hpp\"\n"), "may not include metric/accuracy.hpp"},
        {"metric/x.hpp", header("#include \"../statistics/interval.hpp\"\n"),
         "may not include statistics/interval.hpp"},
        {"metric/x.hpp", header("#  include <boost/x.hpp>\n"), "may not include <boost/x.hpp>"},
        {"statistics/x.hpp", header("#include \"../ranking/image_results.hpp\"\n"),
         "may not include ranking/image_results.hpp"},
        {"statistics/x.hpp", header("#include <boost/json.hpp>\n"), "may not include <boost/json.hpp>"},
        {"labeling/x.hpp", header("#include \"../statistics/interval.hpp\"\n"),
         "may not include statistics/interval.hpp"},
        {"execution/x.hpp", header("#include \"thrust.hpp\"\n"), "may not include execution/thrust.hpp"},
        {"execution/x.hpp", header("#include <thrust/sort.h>\n"), "may not include <thrust/sort.h>"},
        {"ranking/x.hpp", header("#include \"../device/view.hpp\"\n"), "may not include device/view.hpp"},
        {"device/x.hpp", header("#include \"../metric/accuracy.hpp\"\n"), "may not include metric/accuracy.hpp"},
        {"data/x.hpp", header("#include \"../io/npy.hpp\"\n"), "may not include io/npy.hpp"},
        {"metric/x.hpp", header("#include \"../report/json.hpp\"\n"), "may not include report/json.hpp"},
        {"data/x.hpp", header("#include \"../reassess.hpp\"\n"), "may not include reassess.hpp"},
        {"execution/x.hpp", header("#include <execution>\n"), "may not include <execution>: with libstdc++"},
        {"data/x.hpp", header("#include \"missing.hpp\"\n"), "includes \"missing.hpp\", which is not there"},
        {"data/x.hpp", header("#include <reassess/version.hpp>\n"), "includes <reassess/version.hpp>"},
        {"surprise/x.hpp", header(""), "is in no folder that the rules know"},
        {"x.hpp", header(""), "is in no folder that the rules know"},
        {"data/x.hpp", header("#define SHORT 1\n"), "defines the macro SHORT"},
        {"data/x.hpp", header("#ifdef __GNUC__\n#endif\n"), "asks for __GNUC__"},
        {"data/x.hpp", "#pragma once\n", "does not start with a comment"},
        {"data/x.hpp", "// Guarded.\n#ifndef REASSESS_X\n#define REASSESS_X\n#endif\n", "has no #pragma once"},
        {"data/x.hpp", header("namespace reassess { int f(); }\n"), "has 'namespace reassess"},
        {"data/x.hpp", header("namespace reassess::inline v1_1 { int f(); }\n"),
         "has 'namespace reassess::inline v1_1'"},
        {"data/x.hpp", header("inline std::vector<int> list;\n"), "uses names of <vector> without including it"},
        {"data/x.hpp", header("#include <vector>\ninline std::vector<std::size_t> list; // std::map\n"),
         "uses names of <cstddef> without including it"},
        {"data/x.hpp", "// Loose.\n#pragma once\nint f();\n", "declares something outside namespace"},
    };
    for (const breach& b : breaches) {
        CAPTURE(b.path);
        CAPTURE(b.text);
        tree headers = good_tree();
        headers[b.path] = b.text;
        const findings found = check(with_umbrella(headers));
        REQUIRE(found.size() == 1);
        CHECK_MESSAGE(found[0].starts_with(b.path + ": " + b.finding), found[0]);
    }
}

TEST_CASE("evaluate.hpp may reach nothing but the standard library, through no header")
{
    tree headers = good_tree();
    headers["detail/x.hpp"] = header("#include <boost/config.hpp>\n");
    headers["data/proportion.hpp"] = header("#include \"../detail/x.hpp\"\n");
    const findings found = check(with_umbrella(headers));
    CHECK(std::ranges::count(found, "evaluate.hpp: reaches <boost/config.hpp> of detail/x.hpp") == 1);
}

TEST_CASE("an umbrella that forgets a header is found")
{
    tree headers = with_umbrella(good_tree());
    headers["metric/forgotten.hpp"] = header("");
    headers["io/forgotten.hpp"] = header("");
    headers["report/forgotten.hpp"] = header("");
    CHECK(check(headers) == findings{"io/io.hpp: does not reach io/forgotten.hpp",
                                     "reassess.hpp: does not reach metric/forgotten.hpp",
                                     "report/report.hpp: does not reach report/forgotten.hpp"});
}

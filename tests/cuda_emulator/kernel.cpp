#include "kernel.hpp"

#include "report.hpp"

#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace cuda_emulator {
namespace {

std::string trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

bool begins(std::string_view text, std::string_view with)
{
    return text.substr(0, with.size()) == with;
}
bool ends(std::string_view text, std::string_view with)
{
    return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

/// The parts of a text between commas that are not within brackets or braces.
std::vector<std::string> operands_of(std::string_view text)
{
    std::vector<std::string> parts;
    std::string part;
    int depth = 0;
    for (const char c : text) {
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (c == ',' && depth == 0) {
            parts.push_back(trimmed(part));
            part.clear();
        } else {
            part += c;
        }
    }
    if (!trimmed(part).empty()) parts.push_back(trimmed(part));
    return parts;
}

/// "{a, b}" as its parts, anything else as one.
std::vector<std::string> members_of(const std::string& operand)
{
    if (operand[0] != '{') return {operand};
    return operands_of(std::string_view(operand).substr(1, operand.size() - 2));
}

std::uint64_t number(const std::string& text)
{
    const bool real = text[0] == '0' && text.size() > 2;
    if (real && (text[1] == 'f' || text[1] == 'F') && text.size() == 10)
        return std::stoull(text.substr(2), nullptr, 16);
    if (real && (text[1] == 'd' || text[1] == 'D') && text.size() == 18)
        return std::stoull(text.substr(2), nullptr, 16);
    if (text[0] == '-') return 0 - std::stoull(text.substr(1), nullptr, 0);
    return std::stoull(text, nullptr, 0);
}

/// The body of one kernel, statement by statement.
class parser {
public:
    explicit parser(kernel& k) : kernel_(k) {}

    void parse()
    {
        const std::string text = without_comments(kernel_.body);
        std::size_t at = 0;
        while ((at = text.find_first_not_of(" \t\r\n{}", at)) != std::string::npos) {
            std::size_t end = at;
            while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '$' ||
                                         text[end] == '_' || text[end] == '.'))
                ++end;
            if (end < text.size() && text[end] == ':') {
                label_at_[text.substr(at, end - at)] = static_cast<int>(kernel_.code.size());
                at = end + 1;
                continue;
            }
            end = text.find(';', at);
            statement(trimmed(std::string_view(text).substr(at, end - at)));
            at = end + 1;
        }
        for (const auto& [place, label] : branches_) {
            const auto found = label_at_.find(label);
            if (found == label_at_.end()) fail("label " + label);
            kernel_.code[static_cast<std::size_t>(place)].target = found->second;
        }
        kernel_.body.clear();
    }

private:
    [[noreturn]] void fail(const std::string& what) const { not_emulated(what + " in " + kernel_.name); }

    static std::string without_comments(const std::string& text)
    {
        std::string rest;
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (text.compare(at, 2, "//") == 0) at = text.find('\n', at);
            if (at == std::string::npos) break;
            rest += text[at];
        }
        return rest;
    }

    int place_of(const std::string& name)
    {
        const auto [found, is_new] = registers_.try_emplace(name, kernel_.registers);
        if (is_new) ++kernel_.registers;
        return found->second;
    }
    int written_place(const std::string& name) { return name == "_" ? none : place_of(name); }
    int predicate_of(const std::string& name)
    {
        const auto [found, is_new] = predicates_.try_emplace(name, kernel_.predicates);
        if (is_new) ++kernel_.predicates;
        return found->second;
    }
    int constant_place(std::uint64_t value)
    {
        const auto [found, is_new] = constants_.try_emplace(value, kernel_.registers);
        if (is_new) kernel_.constants.push_back({kernel_.registers++, value});
        return found->second;
    }
    /// The register of an operand that is read: one of its own for each number.
    int source(const std::string& operand)
    {
        if (operand[0] == '%') return place_of(operand);
        if (std::isdigit(static_cast<unsigned char>(operand[0])) != 0 || operand[0] == '-')
            return constant_place(number(operand));
        const auto found = kernel_.offset_of_parameter.find(operand);
        if (found == kernel_.offset_of_parameter.end()) fail("operand " + operand);
        return constant_place(found->second);
    }
    int predicate_source(const std::string& operand)
    {
        if (operand[0] == '%') return predicate_of(operand);
        if (number(operand) == 0) return predicate_of("false");
        const int place = predicate_of("true");
        kernel_.true_predicates.push_back(place);
        return place;
    }
    /// "[register + offset]" or "[parameter + offset]".
    void address(instruction& i, const std::string& operand)
    {
        const std::string inner = operand.substr(1, operand.size() - 2);
        const auto plus = inner.find('+');
        const std::string base = trimmed(std::string_view(inner).substr(0, plus));
        if (plus != std::string::npos) i.offset = static_cast<std::int64_t>(number(trimmed(inner.substr(plus + 1))));
        if (base[0] == '%') {
            i.from[0] = place_of(base);
            return;
        }
        const auto found = kernel_.offset_of_parameter.find(base);
        if (found == kernel_.offset_of_parameter.end()) fail("address " + base);
        i.offset += static_cast<std::int64_t>(found->second);
    }

    void statement(std::string text)
    {
        if (text.empty() || begins(text, ".reg") || begins(text, ".pragma") || begins(text, ".loc")) return;
        if (text[0] == '.') fail("the directive " + text);
        instruction i;
        i.text = text;
        if (text[0] == '@') {
            const auto space = text.find_first_of(" \t");
            i.if_not = text[1] == '!';
            const std::size_t name = i.if_not ? 2 : 1;
            i.predicate = predicate_of(text.substr(name, space - name));
            text = trimmed(std::string_view(text).substr(space));
        }
        const auto space = text.find_first_of(" \t");
        const std::string name = text.substr(0, space);
        const auto operands =
            operands_of(space == std::string::npos ? std::string_view() : std::string_view(text).substr(space));
        if (!is_special_move(i, name, operands)) {
            const operation& found = find_operation(name);
            i.execute = found.execute;
            i.then = found.then;
            i.variant = found.variant;
            i.values = found.values;
            read_operands(i, name, operands);
        }
        kernel_.code.push_back(std::move(i));
    }

    /// A "mov" that packs, unpacks or reads a special register.
    bool is_special_move(instruction& i, const std::string& name, const std::vector<std::string>& operands)
    {
        if (!begins(name, "mov.")) return false;
        const int bits = name == "mov.b64" ? 64 : 32;
        if (operands[0][0] == '{' || operands[1][0] == '{') {
            const bool packs = operands[1][0] == '{';
            const auto parts = members_of(operands[packs ? 1 : 0]);
            i.execute = packs ? pack : unpack;
            i.values = static_cast<int>(parts.size());
            i.offset = bits / i.values;
            for (std::size_t p = 0; p < parts.size(); ++p) {
                if (packs) {
                    i.from[p] = source(parts[p]);
                } else {
                    i.to[p] = written_place(parts[p]);
                }
            }
            if (packs) {
                i.to[0] = place_of(operands[0]);
            } else {
                i.from[0] = source(operands[1]);
            }
            return true;
        }
        static const std::map<std::string, special_register> special{
            {"%tid.x", special_register::thread},  {"%ntid.x", special_register::threads},
            {"%ctaid.x", special_register::block}, {"%nctaid.x", special_register::blocks},
            {"%laneid", special_register::lane},   {"%tid.y", special_register::zero},
            {"%tid.z", special_register::zero},    {"%ctaid.y", special_register::zero},
            {"%ctaid.z", special_register::zero},  {"%ntid.y", special_register::one},
            {"%ntid.z", special_register::one}};
        const auto found = special.find(operands[1]);
        if (found == special.end()) {
            if (operands[1][0] == '%' && operands[1].find('.') != std::string::npos) fail("register " + operands[1]);
            return false;
        }
        i.execute = read_special;
        i.variant = static_cast<int>(found->second);
        i.to[0] = place_of(operands[0]);
        return true;
    }

    void read_operands(instruction& i, const std::string& name, const std::vector<std::string>& operands)
    {
        const std::string root = name.substr(0, name.find('.'));
        if (i.then == flow::leave) return;
        if (i.then == flow::branch) {
            branches_.push_back({static_cast<int>(kernel_.code.size()), operands[0]});
        } else if (root == "ld" || root == "st") {
            const auto members = members_of(operands[root == "ld" ? 0 : 1]);
            if (static_cast<int>(members.size()) != i.values) fail(i.text);
            address(i, operands[root == "ld" ? 1 : 0]);
            for (std::size_t m = 0; m < members.size(); ++m) {
                // What is stored is named like what is loaded, because the address takes a source.
                i.to[m] = root == "ld" ? written_place(members[m]) : source(members[m]);
            }
        } else if (root == "atom" || root == "red") {
            const std::size_t first = root == "atom" ? 1 : 0;
            if (root == "atom") i.to[0] = written_place(operands[0]);
            address(i, operands[first]);
            for (std::size_t o = first + 1; o < operands.size(); ++o) i.from[o - first] = source(operands[o]);
        } else if (root == "setp") {
            if (operands[0].find('|') != std::string::npos) fail(i.text);
            i.to[0] = predicate_of(operands[0]);
            i.from[0] = source(operands[1]);
            i.from[1] = source(operands[2]);
            // "setp.gt.and.f32 p, a, b, q"
            if (operands.size() > 3) fail(i.text);
        } else if (name == "bar.warp.sync") {
            i.mask = source(operands[0]);
        } else if (root == "vote") {
            i.to[0] = ends(name, ".pred") ? predicate_of(operands[0]) : place_of(operands[0]);
            i.from[0] = predicate_source(operands[1]);
            i.mask = source(operands[2]);
        } else if (ends(name, ".pred")) {
            i.to[0] = predicate_of(operands[0]);
            for (std::size_t o = 1; o < operands.size(); ++o) i.from[o - 1] = predicate_source(operands[o]);
        } else if (root == "selp") {
            i.to[0] = place_of(operands[0]);
            i.from[0] = source(operands[1]);
            i.from[1] = source(operands[2]);
            i.from[2] = predicate_source(operands[3]);
        } else {
            const auto bar = operands[0].find('|');
            i.to[0] = written_place(operands[0].substr(0, bar));
            if (bar != std::string::npos) i.to_predicate = predicate_of(operands[0].substr(bar + 1));
            std::size_t read = operands.size();
            if (i.then == flow::meet) i.mask = source(operands[--read]);
            for (std::size_t o = 1; o < read; ++o) i.from[o - 1] = source(operands[o]);
        }
    }

    kernel& kernel_;
    std::unordered_map<std::string, int> registers_, predicates_, label_at_;
    std::map<std::uint64_t, int> constants_;
    std::vector<std::pair<int, std::string>> branches_;
};

std::size_t bytes_of_type(const std::string& word)
{
    if (word == ".u64" || word == ".b64" || word == ".s64" || word == ".f64") return 8;
    if (word == ".u32" || word == ".b32" || word == ".s32" || word == ".f32") return 4;
    if (word == ".u16" || word == ".b16" || word == ".s16") return 2;
    if (word == ".u8" || word == ".b8" || word == ".s8") return 1;
    return 0;
}

/// ".param .align 8 .b8 name[96]", and so on.
void add_parameter(kernel& k, const std::string& text)
{
    std::istringstream words(text);
    std::string word, name;
    std::size_t alignment = 1, bytes = 0;
    while (words >> word) {
        if (word == ".align") {
            words >> alignment;
        } else if (const std::size_t size = bytes_of_type(word); size != 0) {
            bytes = size;
        } else {
            name = word;
        }
    }
    alignment = std::max(alignment, bytes);
    if (const auto bracket = name.find('['); bracket != std::string::npos) {
        bytes *= std::stoul(name.substr(bracket + 1));
        name.resize(bracket);
    }
    const std::size_t offset = (k.parameter_bytes + alignment - 1) / alignment * alignment;
    k.parameters.push_back({offset, bytes});
    k.offset_of_parameter[name] = offset;
    k.parameter_bytes = offset + bytes;
}

void load_file(const std::string& path)
{
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    if (text.find(".version") == std::string::npos) not_emulated("PTX of the file '" + path + "'");
    std::size_t at = 0;
    while ((at = text.find(".entry ", at)) != std::string::npos) {
        const std::size_t open = text.find('(', at);
        const std::size_t close = text.find(')', open);
        const std::size_t body = text.find('{', close);
        std::size_t end = body;
        for (int depth = 0; end < text.size(); ++end) {
            if (text[end] == '{') ++depth;
            if (text[end] == '}' && --depth == 0) break;
        }
        kernel k;
        k.name = trimmed(std::string_view(text).substr(at + 7, open - at - 7));
        for (const std::string& one : operands_of(std::string_view(text).substr(open + 1, close - open - 1)))
            add_parameter(k, one);
        const std::string directives = text.substr(close, body - close);
        if (const auto most = directives.find(".maxntid "); most != std::string::npos)
            k.most_threads = static_cast<unsigned>(std::stoul(directives.substr(most + 9)));
        k.body = text.substr(body + 1, end - body - 1);
        const std::string name = k.name;
        kernels().try_emplace(name, std::move(k));
        at = end;
    }
}

}  // namespace

void kernel::prepare()
{
    if (!body.empty()) parser(*this).parse();
}

std::unordered_map<std::string, kernel>& kernels()
{
    static auto* const all = new std::unordered_map<std::string, kernel>;
    return *all;
}

void load_kernels()
{
    if (!kernels().empty()) return;
    if (chosen().ptx.empty()) not_emulated("a program whose PTX is not named by CUDA_EMULATOR_PTX");
    std::istringstream paths(chosen().ptx);
    for (std::string path; std::getline(paths, path, ':');) load_file(path);
}

}  // namespace cuda_emulator

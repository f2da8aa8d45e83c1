// Groups and taxonomies of classes in files: what is read, and a message for each fault.
#include "support/messages.hpp"
#include "temporary_folder.hpp"

#include <reassess/io/class_groups.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ra = reassess;

namespace {

using lists = std::vector<std::vector<int>>;

const ra::io::class_names& four_names()
{
    static const ra::io::class_names names(std::vector<std::string>{"n1", "n2", "n3", "n4"});
    return names;
}

}  // namespace

TEST_CASE("class groups file: indices and names, several groups of a class, classes without a group")
{
    const test_support::temporary_folder folder;
    const auto path = folder.file("groups.csv", "group,class\ndogs,n1\ncats,2\n pets ,n1\ndogs,1\ndogs,n2\n");
    const ra::io::named_class_groups read = ra::io::read_class_groups(path, 4, four_names());
    CHECK(read.names == std::vector<std::string>{"dogs", "cats", "pets"});
    CHECK(read.groups == ra::class_groups(lists{{0, 2}, {0}, {1}, {}}, 3));
    const auto refuses = [&](const std::string& text, std::string_view part) {
        return test_support::lacks(
            test_support::message_of<ra::io::file_error>(
                [&] { static_cast<void>(ra::io::read_class_groups(folder.file("bad.csv", text), 4, four_names())); }),
            {"bad.csv", part});
    };
    CHECK(refuses("class,group\n0,a\n4,b\n", "line 3: class 4 is outside [0, 4)") == "");
    CHECK(refuses("class,group\n-1,a\n", "line 2: class -1 is outside [0, 4)") == "");
    CHECK(refuses("class,group\nn9,a\n", "line 2: \"n9\" is not a class") == "");
    CHECK(refuses("class,group\n1, \n", "line 2: the group is empty") == "");
    CHECK(refuses("class,name\n1,a\n", "group") == "");
}

TEST_CASE("class taxonomy file: edges by names")
{
    const test_support::temporary_folder folder;
    const auto path = folder.file("is_a.txt", "root animal\nanimal n1\nanimal\tn2\nroot  n3\r\nn3 n4\n");
    const ra::io::named_class_taxonomy read = ra::io::read_class_taxonomy(path, four_names());
    CHECK(read.names == std::vector<std::string>{"root", "animal", "n1", "n2", "n3", "n4"});
    CHECK(read.find("n3") == 4);
    CHECK(!read.find("n"));
    CHECK(read.taxonomy.lowest_common_ancestor(0, 1) == 1);
    CHECK(read.taxonomy.lowest_common_ancestor(2, 3) == 4);
    CHECK(read.taxonomy.height() == 2);
    const auto refuses = [&](const std::string& text, std::string_view part) {
        return test_support::lacks(
            test_support::message_of<ra::io::file_error>(
                [&] { static_cast<void>(ra::io::read_class_taxonomy(folder.file("bad.txt", text), four_names())); }),
            {"bad.txt", part});
    };
    CHECK(refuses("a n1\na n2\na n3\n", "class 3 has no node") == "");
    CHECK(refuses("a n1\nalone\n", "edge 1, \"alone\", is not the names of a parent and a child") == "");
    CHECK(refuses("a b c\n", "edge 0") == "");
    CHECK(refuses("n1 n2\nn2 n3\nn3 n1\nn1 n4\n", "is in a cycle, or above one") == "");
    CHECK(refuses("", "is empty") == "");
}

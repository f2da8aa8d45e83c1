// A program whose two parts use different copies of the library. The second copy is changed to count one hit more, so
// that a part that got a function of the other copy shows it.
#include <cstdio>

int first_user();
int second_user();

int main()
{
    const int first = first_user(), second = second_user();
    std::printf("the first copy counts %d hits (expected 1), the second %d (expected 2)\n", first, second);
    return first == 1 && second == 2 ? 0 : 1;
}

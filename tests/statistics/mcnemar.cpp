// Tests of McNemar's test, the sign test and paired comparisons.
#include "support/relative_error.hpp"

#include <reassess/statistics/mcnemar.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace ra = reassess;
using test_support::relative_error;

namespace {

ra::mcnemar_result test(std::uint64_t b, std::uint64_t c)
{
    return ra::mcnemar_test({7, b, c, 12});
}

}  // namespace

TEST_CASE("McNemar: published examples are reproduced")
{
    // Bentur 2009 in Fagerland, Lydersen, Laake 2013, doi:10.1186/1471-2288-13-91: exact 18/256, mid-p 10/256.
    CHECK(relative_error(test(1, 7).exact.p_value, 0.0703125) < 1e-14);
    CHECK(relative_error(test(1, 7).exact.mid_p_value, 0.0390625) < 1e-14);
    CHECK(relative_error(test(1, 7).uncorrected.p_value, 0.033894853524689272933) < 1e-13);
    // Cavo 2012 (companion of Fagerland, Lydersen, Laake 2017): 0.052479, 0.03469, 0.033006, 0.055009.
    const ra::mcnemar_result cavo = test(6, 16);
    CHECK(relative_error(cavo.exact.p_value, 0.052478790283203125) < 1e-14);
    CHECK(relative_error(cavo.exact.mid_p_value, 0.034689664840698242188) < 1e-14);
    CHECK(relative_error(cavo.uncorrected.chi_squared, 4.5454545454545454545) < 1e-15);
    CHECK(relative_error(cavo.uncorrected.p_value, 0.033006257661232527841) < 1e-13);
    CHECK(relative_error(cavo.corrected.chi_squared, 3.6818181818181818182) < 1e-15);
    CHECK(relative_error(cavo.corrected.p_value, 0.055008833629265745153) < 1e-13);
    // Agresti 1990, p. 350: 17.3559, 3.099e-5.
    const ra::mcnemar_result approval = test(150, 86);
    CHECK(relative_error(approval.uncorrected.chi_squared, 17.355932203389830508) < 1e-15);
    CHECK(relative_error(approval.uncorrected.p_value, 0.000030992934410452164394) < 1e-13);
    CHECK(relative_error(approval.exact.p_value, 0.000037159361395714423422) < 1e-13);
    CHECK(relative_error(approval.exact.mid_p_value, 0.000028933895176154901037) < 1e-13);
    CHECK(approval.different() == 236);
}

TEST_CASE("McNemar: p-values are accurate for many images")
{
    const ra::mcnemar_result real = test(2750, 3300);
    CHECK(relative_error(real.exact.p_value, 1.6297902785071429795e-12) < 1e-13);
    CHECK(relative_error(real.exact.mid_p_value, 1.4915993480693682628e-12) < 1e-13);
    const ra::mcnemar_result million = test(500000, 499000);
    CHECK(relative_error(million.exact.p_value, 0.31755259967374486234) < 1e-13);
    CHECK(relative_error(million.exact.mid_p_value, 0.31706865826495424596) < 1e-13);
    CHECK(relative_error(million.uncorrected.chi_squared, 1.001001001001001001) < 1e-15);
}

TEST_CASE("McNemar: nothing overflows at 4e9 discordant images, nor at 2^53")
{
    const std::uint64_t b = std::uint64_t{1} << 32;
    const ra::mcnemar_result one_apart = test(b, b - 1);
    CHECK(relative_error(one_apart.uncorrected.chi_squared, 1.1641532184e-10) < 1e-9);  // 1 / (2^33 - 1)
    CHECK(one_apart.corrected.chi_squared == 0);
    CHECK(one_apart.corrected.p_value == 1);
    CHECK(relative_error(one_apart.exact.p_value, 1) < 1e-11);
    // (b - c)^2 is 1.6e19, beyond 63 bits: chi-squared is b - c.
    const ra::mcnemar_result one_sided = test(4'000'000'000, 0);
    CHECK(one_sided.uncorrected.chi_squared == 4e9);
    CHECK(one_sided.exact.p_value == 0);
    CHECK(relative_error(one_sided.exact.log10_p_value, (1 - 4e9) * 0.30102999566398119521) < 1e-14);
    CHECK(relative_error(one_sided.uncorrected.log10_p_value, -868588968.70559358959) < 1e-12);
    // 40 digits: log10 of 2 P(X <= 1999500000) of 4e9 tosses, a tail of z = 15.8.
    const ra::mcnemar_result far = test(2'000'500'000, 1'999'500'000);
    CHECK(relative_error(far.exact.p_value, 2.5974555170827984094e-56) < 1e-11);
    CHECK_NOTHROW((void)test(std::uint64_t{1} << 52, 1000));
    CHECK_THROWS_AS((void)test(std::uint64_t{1} << 53, 1), std::invalid_argument);
    CHECK_THROWS_AS((void)test(std::uint64_t{1} << 63, std::uint64_t{1} << 63), std::invalid_argument);
}

TEST_CASE("McNemar: no discordant pairs, and equal discordant counts, give p-values of 1")
{
    const ra::mcnemar_result none = test(0, 0);
    CHECK(none.no_discordant_pairs);
    CHECK(none.exact.p_value == 1);
    CHECK(none.exact.mid_p_value == 1);
    CHECK(none.uncorrected.p_value == 1);
    CHECK(none.corrected.p_value == 1);
    CHECK(none.corrected.chi_squared == 0);
    const ra::mcnemar_result equal = test(4, 4);
    CHECK_FALSE(equal.no_discordant_pairs);
    CHECK(equal.exact.p_value == 1);
    CHECK(relative_error(equal.exact.mid_p_value, 0.86328125) < 1e-14);
    CHECK(equal.corrected.chi_squared == 0);  // not (0 - 1)^2 / 8
    CHECK(equal.corrected.p_value == 1);
    CHECK(test(5, 4).exact.p_value == 1);
    CHECK(test(0, 1).exact.p_value == 1);
    CHECK(relative_error(test(0, 1).exact.mid_p_value, 0.5) < 1e-15);
}

TEST_CASE("McNemar: exchanging the models exchanges the counts only")
{
    CHECK(test(3, 11).exact.p_value == test(11, 3).exact.p_value);
    CHECK(test(3, 11).corrected.chi_squared == test(11, 3).corrected.chi_squared);
    CHECK(test(3, 11).first_only == 3);
}

TEST_CASE("sign test: every small case equals the sum of binomial coefficients")
{
    for (std::uint64_t n = 1; n <= 50; ++n) {
        double choose = 1, at_most = 0;
        for (std::uint64_t k = 0; 2 * k <= n; ++k) {
            at_most += choose;
            const double p = std::min(1.0, 2 * std::ldexp(at_most, -static_cast<int>(n)));
            const double mid =
                2 * k == n ? 1 - std::ldexp(choose, -static_cast<int>(n) - 1)
                           : 2 * std::ldexp(at_most, -static_cast<int>(n)) - std::ldexp(choose, -static_cast<int>(n));
            CAPTURE(n);
            CAPTURE(k);
            CHECK(relative_error(ra::sign_test(k, n - k).p_value, p) < 2e-14);
            CHECK(relative_error(ra::sign_test(k, n - k).mid_p_value, mid) < 2e-14);
            choose = std::round(choose * static_cast<double>(n - k) / static_cast<double>(k + 1));
        }
    }
}

TEST_CASE("sign test: the relative error far in the tail is the documented one")
{
    // 60 digits. The errors are 3.7e-13 and 4.9e-13, the greatest of those known.
    // Near the middle of 10^9 trials some 10^5 terms are added: 50 digits of the sum in integers.
    const ra::sign_test_result billion = ra::sign_test(499984189, 500015811);
    CHECK(relative_error(billion.p_value, 0.3173376969790258297221) < 3e-14);
    CHECK(relative_error(billion.mid_p_value, 0.3173223930308623023272) < 3e-14);
    CHECK(relative_error(billion.log10_p_value, -0.4984783343996348681020) < 3e-14);
    const ra::sign_test_result large = ra::sign_test(5520, 9443), small = ra::sign_test(145, 1365);
    CHECK(relative_error(large.p_value, 3.44650629569582675948e-228) < 1e-12);
    CHECK(relative_error(large.mid_p_value, 2.730085559172260289451e-228) < 1e-12);
    CHECK(relative_error(large.log10_p_value, -227.4626209238480303162) < 1e-14);
    CHECK(relative_error(small.p_value, 5.458609488186829577629e-249) < 1e-12);
    CHECK(relative_error(small.mid_p_value, 3.0187569481469088991e-249) < 1e-12);
    CHECK(relative_error(small.log10_mid_p_value, -248.5201718523057743532) < 1e-14);
}

TEST_CASE("paired comparison: difference, interval and test come from one table")
{
    const ra::paired_comparison result = ra::compare_paired({20, 12, 2, 16});
    CHECK(result.difference == 0.2);
    CHECK(result.difference_interval == ra::paired_difference_interval({20, 12, 2, 16}));
    CHECK(result.test.first_only == 12);
    CHECK(ra::compare_paired({3, 1, 2, 4}).difference == -0.1);
    CHECK(ra::compare_paired({3, 2, 2, 4}).difference == 0);
    CHECK_THROWS_AS((void)ra::compare_paired({}), std::domain_error);
}

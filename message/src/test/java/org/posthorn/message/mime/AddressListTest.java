package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 5322 §3.4 and its examples in Appendix A. Written here as name/route/mailbox/host, `-` for
/// what is absent.
final class AddressListTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "John Doe <jdoe@machine.example> | John Doe/-/jdoe/machine.example",
        "\"Joe Q. Public\" <john.q.public@example.com> | Joe Q. Public/-/john.q.public/example.com",
        "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"
            + " | Mary Smith/-/mary/x.test -/-/jdoe/example.org Who?/-/one/y.test",
        "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>"
            + " | -/-/boss/nil.test Giant; \"Big\" Box/-/sysservices/example.net",
        "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"
            + " | -/-/A Group/- Ed Jones/-/c/a.test -/-/joe/where.test John/-/jdoe/one.test -/-/-/-",
        "Undisclosed recipients:; | -/-/Undisclosed recipients/- -/-/-/-",
        "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)> | Pete/-/pete/silly.test",
        "Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test  . example"
            + " | Mary Smith/@node.test,@b.test/mary/example.net -/-/jdoe/test",
        "Joe Q. Public <john . q . public@example.com> | Joe Q. Public/-/john.q.public/example.com",
        "jdoe@x.test (John Doe) | John Doe/-/jdoe/x.test",
        "\"a@b\"@x.test | -/-/a@b/x.test",
        "=?utf-8?Q?J=C3=BC?= <j@x.test> | =?utf-8?Q?J=C3=BC?=/-/j/x.test",
        "ann@[192.0.2.1] | -/-/ann/[192.0.2.1]",
        "root | -/-/root/",
        "Ann <ann> | Ann/-/ann/",
        "Ann Jones ann@x.test | Ann Jones/-/ann/x.test",
        "Ann <ann@x.test | Ann/-/ann/x.test",
        "\"open <ann@x.test | -/-/open <ann@x.test/",
        "<> | -/-//",
        "friends:ann@x.test | -/-/friends/- -/-/ann/x.test -/-/-/-",
        "ann@x.test;bob@x.test | -/-/ann/x.test -/-/bob/x.test",
        ",,,; | ~~",
      })
  void reads(String text, String expected) {
    assertThat(
            AddressList.parse(text).stream()
                .map(a ->
                    a.name().orElse("-")
                        + "/"
                        + a.route().orElse("-")
                        + "/"
                        + a.mailbox().orElse("-")
                        + "/"
                        + a.host().orElse("-"))
                .collect(Collectors.joining(" ")))
        .isEqualTo(expected);
  }

  @Test
  void neverFailsAndAlwaysEnds() {
    String alphabet = "ab<>@,;:()\"\\[] .\t";
    for (long seed = 0; seed < 50_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(30); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(AddressList.parse(text.toString())).as("seed %d", seed).isNotNull();
    }
  }

  @Test
  void takesLinearTime() {
    for (String piece : new String[] {"(", "<", "\"", "@", "<@", "a:", "a ", "[", "\\", "a<"}) {
      assertThat(AddressList.parse(piece.repeat(200_000)).size()).isLessThanOrEqualTo(2_001);
    }
  }
}

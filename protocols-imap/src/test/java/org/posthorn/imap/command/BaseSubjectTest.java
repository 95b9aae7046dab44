package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 5256 §2.1.
class BaseSubjectTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello|hello|false",
        "''|''|false",
        "Re: hello|hello|true",
        "RE[2]: hello|hello|true",
        "re  [x] : hello|hello|true",
        "Fw: hello|hello|true",
        "FWD: hello|hello|true",
        "Re: Fw: re: hello|hello|true",
        "Re:hello|hello|true",
        "Re hello|Re hello|false",
        "[list] hello|hello|false",
        "[list] Re: hello|hello|true",
        "Re: [list] Re: hello|hello|true",
        "[a][b] [c]hello|hello|false",
        "[a][b]|[b]|false",
        "[a]|[a]|false",
        "[a] re:|''|true",
        "hello (fwd)|hello|true",
        "hello (FWD) (fwd)  |hello|true",
        "hello (fwd) x|hello (fwd) x|false",
        "[Fwd: hello]|hello|true",
        "[fwd: Re: [list] hello (fwd)]|hello|true",
        "[Fwd: [Fwd: hello]]|hello|true",
        "[Fwd: hello] x|x|false",
        "re: [fwd: hello|[fwd: hello|true",
        "a   b|a b|false",
        "=?utf-8?Q?Re:_h=C3=A9llo?=|héllo|true",
        "[unclosed hello|[unclosed hello|false",
        "[[a]] hello|[[a]] hello|false",
        "refer: hello|refer: hello|false",
        "fwded: hello|fwded: hello|false",
      })
  void isWhatIsLeft(String subject, String base, boolean isReply) {
    assertThat(BaseSubject.of(subject)).isEqualTo(new BaseSubject(base, isReply));
  }

  @Test
  void takesNoLongForHostileSubjects() {
    for (String hostile : new String[] {"[a]", "re:", "[fwd:", "re [a]", "(fwd)", "[", " "}) {
      String subject = hostile.repeat(200_000) + "]".repeat(1000) + "(fwd)".repeat(100_000);
      Assertions.assertTimeout(Duration.ofSeconds(30), () -> BaseSubject.of(subject));
    }
  }
}

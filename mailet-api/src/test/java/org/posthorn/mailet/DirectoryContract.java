package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What every [Directory] promises.
public interface DirectoryContract {
  /// A directory of `example.org` with ann ("Ann Example", who has room for 1,000 bytes), bob, and
  /// carl, who may not receive; the alias `team` of ann, carl and `x@elsewhere.example`; and the
  /// group `readers` of ann.
  Directory directory();

  @Test
  default void knowsItsDomains() {
    assertThat(directory().isLocal(Domain.of("example.org"))).isTrue();
    assertThat(directory().isLocal(Domain.of("elsewhere.example"))).isFalse();
  }

  @Test
  default void saysWhatAnAddressMeans() {
    assertThat(directory().find(of("Ann@example.org")))
        .isEqualTo(new Directory.Mailbox(ann(), Optional.empty()));
    assertThat(directory().find(of("ann+Lists@example.org")))
        .isEqualTo(new Directory.Mailbox(ann(), Optional.of("Lists")));
    assertThat(directory().find(of("team@example.org")))
        .isEqualTo(
            new Directory.Alias(
                List.of(of("ann@example.org"), of("carl@example.org"), of("x@elsewhere.example"))));
    assertThat(directory().find(of("carl@example.org")))
        .isInstanceOfSatisfying(
            Directory.Closed.class, closed -> assertThat(closed.person().enabled()).isFalse());
    assertThat(directory().find(of("nobody@example.org"))).isEqualTo(new Directory.Nobody());
    assertThat(directory().find(of("x@elsewhere.example"))).isEqualTo(new Directory.Elsewhere());
  }

  @Test
  default void saysUnderWhichAddressSomebodyIsKnown() {
    assertThat(directory().knownAs(of("Ann+Lists@example.org"))).isEqualTo(of("ann@example.org"));
    assertThat(directory().knownAs(of("carl+x@example.org"))).isEqualTo(of("carl@example.org"));
    assertThat(directory().knownAs(of("Team+x@example.org"))).isEqualTo(of("team@example.org"));
    assertThat(directory().knownAs(of("nobody+x@example.org")))
        .isEqualTo(of("nobody+x@example.org"));
    assertThat(directory().knownAs(of("ann+x@elsewhere.example")))
        .isEqualTo(of("ann+x@elsewhere.example"));
  }

  @Test
  default void followsAliasesToTheirEnds() {
    assertThat(directory().expand(of("team@example.org")))
        .isEqualTo(
            new Directory.Destinations(
                List.of(ann()),
                List.of(of("x@elsewhere.example")),
                List.of(of("carl@example.org")),
                true));
    assertThat(directory().expand(of("x@elsewhere.example")).elsewhere())
        .containsExactly(of("x@elsewhere.example"));
  }

  @Test
  default void knowsPeopleByTheirLogin() {
    assertThat(directory().person(of("ANN@example.org"))).contains(ann());
    assertThat(directory().person(of("carl@example.org"))).isPresent();
    assertThat(directory().person(of("team@example.org"))).isEmpty();
    assertThat(directory().person(of("ann@elsewhere.example"))).isEmpty();
  }

  @Test
  default void knowsHowMuchRoomThereIs() {
    assertThat(directory().room(of("ann@example.org")))
        .hasValueSatisfying(room -> {
          assertThat(room.isThereFor(1_000)).isTrue();
          assertThat(room.isThereFor(1_001)).isFalse();
        });
    assertThat(directory().room(of("bob@example.org")))
        .hasValueSatisfying(room -> assertThat(room.isThereFor(1L << 40)).isTrue());
    assertThat(directory().room(of("nobody@example.org"))).isEmpty();
  }

  @Test
  default void knowsWhoMaySendAsWhom() {
    MailAddress ann = of("ann@example.org");
    assertThat(directory().maySendAs(ann, of("Ann+x@example.org"))).isTrue();
    assertThat(directory().maySendAs(ann, of("team@example.org"))).isTrue();
    assertThat(directory().maySendAs(ann, of("bob@example.org"))).isFalse();
    assertThat(directory().maySendAs(ann, of("ann@elsewhere.example"))).isFalse();
    assertThat(directory().maySendAs(of("nobody@example.org"), ann)).isFalse();
  }

  @Test
  default void knowsWhoIsInAGroup() {
    assertThat(directory().members(of("readers@example.org")))
        .containsExactly(of("ann@example.org"));
    assertThat(directory().members(of("team@example.org"))).isEmpty();
    assertThat(directory().members(of("readers@elsewhere.example"))).isEmpty();
  }

  private static Directory.Person ann() {
    return new Directory.Person(of("ann@example.org"), "Ann Example", true, false);
  }

  private static MailAddress of(String address) {
    return MailAddress.of(address);
  }
}

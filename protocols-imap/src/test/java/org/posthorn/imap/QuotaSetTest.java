package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxName;

/// RFC 9208 §4.1.3, §5.3; `cyd` administers quotas.
class QuotaSetTest {
  private final ShareHouse house = new ShareHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void setsQuotasOfTheOwnDomain() {
    house.letter("ann", "Archive", "one");
    house.play(
        "cyd ann",
        """
        C: a CAPABILITY
        S: ~\\* CAPABILITY .* QUOTASET .*
        S: a OK Listed
        C: b GETQUOTA account/ann@example.org
        S: * QUOTA account/ann@example.org (MAILBOX 6 5000)
        S: b OK Told
        C: c SETQUOTA account/ann@example.org (STORAGE 510 MESSAGE 1)
        S: * QUOTA account/ann@example.org (STORAGE 1 510 MESSAGE 1 1 MAILBOX 6 5000)
        S: c OK Set
        C2: d GETQUOTA account
        S2: * QUOTA account (STORAGE 1 510 MESSAGE 1 1 MAILBOX 6 5000)
        S2: d OK Told
        C2: e APPEND INBOX {3}
        S2: e NO [OVERQUOTA] There is no room for the message
        C: f SETQUOTA account/ann@example.org (storage 9223372036854775807)
        S: * QUOTA account/ann@example.org (STORAGE 1 4503599627370495 MAILBOX 6 5000)
        S: f OK Set
        C: g SETQUOTA account/ann@example.org ()
        S: * QUOTA account/ann@example.org (MAILBOX 6 5000)
        S: g OK Set
        C: h SETQUOTA account (MESSAGE 5)
        S: * QUOTA account (MESSAGE 0 5 MAILBOX 6 5000)
        S: h OK Set
        """);
    assertThat(house.directory().user(ShareHouse.address("cyd@example.org")).orElseThrow())
        .satisfies(
            user -> assertThat(user.allowance().quotaMessages()).isEqualTo(OptionalLong.of(5)));
  }

  @Test
  void setsNoOthers() {
    house.play(
        "cyd ann",
        """
        C: a SETQUOTA account/dan@example.net (MESSAGE 5)
        S: a NO [NONEXISTENT] There is no such quota root
        C: b SETQUOTA account/nobody@example.org (MESSAGE 5)
        S: b NO [NONEXISTENT] There is no such quota root
        C: c SETQUOTA account/ann@example.org (MAILBOX 5)
        S: c NO [CANNOT] STORAGE and MESSAGE can be set, to 1 and more
        C: d SETQUOTA account/ann@example.org (MESSAGE 0)
        S: d NO [CANNOT] STORAGE and MESSAGE can be set, to 1 and more
        C: e SETQUOTA account/ann@example.org (MESSAGE 99999999999999999999)
        S: e BAD Number is too large
        C: f SETQUOTA account/ann@example.org MESSAGE 5
        S: ~f BAD .*
        C2: g SETQUOTA account (MESSAGE 5)
        S2: g NO [NOPERM] You have no right to set quotas
        C2: h GETQUOTA account/cyd@example.org
        S2: h NO [NONEXISTENT] There is no such quota root
        C2: i GETQUOTAROOT "Other Users/cyd/New"
        S2: i NO [NONEXISTENT] No such mailbox
        """);
    assertThat(house.account("ann").quota().isLimited()).isFalse();
  }

  @Test
  void countsMailboxes() {
    var account = house.account("ann");
    int most = account.mailboxesMax();
    int there = account.mailboxes().size();
    MailboxName last =
        account.change(
            new Actor("test", "test", "test"),
            draft -> {
              MailboxName made = MailboxName.INBOX;
              for (int i = there; i < most; i++) {
                made = draft.create(new MailboxName("m" + i), Optional.empty()).name();
              }
              return made;
            });
    assertThat(last.value()).isEqualTo("m" + (most - 1));
    house.play(
        "ann",
        """
        C: a GETQUOTA account
        S: * QUOTA account (MAILBOX 5000 5000)
        S: a OK Told
        C: b CREATE More
        S: b NO [OVERQUOTA] There is no room for it
        C: c RENAME INBOX More
        S: c NO [OVERQUOTA] There is no room for it
        C: d RENAME m6 More
        S: d OK Renamed
        C: e CREATE INBOX
        S: e NO [ALREADYEXISTS] The mailbox exists already
        """);
  }
}

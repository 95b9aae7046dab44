package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.AccountDraft.Delivered;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountDraft.Moved;
import org.posthorn.storage.account.AccountDraft.Stored;

/// What an account promises on every engine.
interface AccountContract {
  MailboxName INBOX = MailboxName.INBOX;
  MailboxName WORK = new MailboxName("Work");

  /// An empty store on the engine under test.
  AccountHouse house();

  @Test
  default void aNewAccountHasItsFoldersAndIsSubscribedToThem() {
    try (var house = house()) {
      assertThat(house.account().mailboxes())
          .extracting(info -> info.name().value())
          .containsExactly("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash");
      assertThat(house.account().mailboxes()).allMatch(MailboxInfo::subscribed);
      assertThat(house.account().find(new MailboxName("Sent")).orElseThrow().specialUse())
          .contains(SpecialUse.SENT);
      assertThat(house.account().version()).isEqualTo(1);
    }
  }

  @Test
  default void anAppendedMessageIsReadBackByteForByte() throws IOException {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Hello", Flags.of("\\Seen", "work"));
      long uid = house.change(draft -> draft.append(inbox, letter));

      MailboxView view = house.view(inbox);
      assertThat(uid).isEqualTo(1);
      assertThat(view.size()).isEqualTo(1);
      assertThat(view.uid(0)).isEqualTo(1);
      assertThat(view.flags(0)).isEqualTo(Flags.of("\\Seen", "Work"));
      assertThat(view.modSeq(0)).isEqualTo(house.account().version());
      assertThat(view.internalMillis(0)).isEqualTo(letter.internalDate().toEpochMilli());
      assertThat(view.keywords()).containsExactly("work");

      Email email = house.account().email(view.emailId(0)).orElseThrow();
      byte[] whole = house.bytes(email);
      assertThat(new String(whole, StandardCharsets.UTF_8))
          .startsWith(letter.prefix())
          .contains("Subject: Hello");
      assertThat(email.sizeBytes()).isEqualTo(whole.length).isEqualTo(view.sizeBytes(0));
      assertThat(email.structure().envelope().subject()).contains("Hello");
      String body =
          new String(
              whole,
              (int) email.structure().root().bodyStart(),
              (int) email.structure().root().bodyBytes(),
              StandardCharsets.UTF_8);
      assertThat(body).isEqualTo("Body of Hello\r\n");
      assertThat(house.account().emails(view, 0, 1)).containsExactly(email);
    }
  }

  @Test
  default void everyPieceOfAMessageIsReadAcrossPrefixAndContent() throws IOException {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.change(draft -> draft.append(inbox, house.letter("Pieces", Flags.NONE)));
      Email email = house.account().email(house.view(inbox).emailId(0)).orElseThrow();
      byte[] whole = house.bytes(email);
      for (int from = 0; from < whole.length; from += 7) {
        for (int length = 0; from + length <= whole.length; length += 11) {
          try (var in = house.account().open(email, from, length)) {
            assertThat(in.readAllBytes())
                .isEqualTo(java.util.Arrays.copyOfRange(whole, from, from + length));
          }
        }
      }
    }
  }

  @Test
  default void aMailIsDeliveredOnceForEachRecipient() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      var mail = new MailId("mail1");
      NewEmail letter = house.letter("Once", Flags.NONE);
      assertThat(house.delivers(inbox, letter, mail, "ann@example.org")).isTrue();
      assertThat(house.delivers(inbox, letter, mail, "ann@example.org")).isFalse();
      assertThat(house.delivers(inbox, letter, mail, "info@example.org")).isTrue();
      house.reopen();
      assertThat(house.delivers(inbox, letter, mail, "ann@example.org")).isFalse();
      assertThat(house.view(inbox).size()).isEqualTo(2);
    }
  }

  @Test
  default void theSameOfAMailIsDeliveredOnceForAllRecipients() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Once", Flags.NONE);
      var later = new MailId("mail2");
      assertThat(house.deliver(inbox, letter, later, "ann@example.org", 7))
          .isEqualTo(Delivered.NOW);
      for (int i = 0; i < 2; i++) {
        var mail = new MailId("mail1");
        assertThat(house.deliver(inbox, letter, mail, "ann@example.org", 7))
            .isEqualTo(i == 0 ? Delivered.NOW : Delivered.BEFORE);
        assertThat(house.deliver(inbox, letter, mail, "ann@club.example", 7))
            .isEqualTo(i == 0 ? Delivered.SHARED : Delivered.BEFORE);
        assertThat(house.deliver(inbox, letter, mail, "info@example.org", 8))
            .isEqualTo(i == 0 ? Delivered.NOW : Delivered.BEFORE);
        assertThat(house.deliver(inbox, letter, mail, "info@example.org", 9))
            .as("whatever it is, once for each")
            .isEqualTo(Delivered.BEFORE);
        house.reopen();
      }
      assertThat(house.view(inbox).size()).isEqualTo(3);
    }
  }

  /// A draft sees what it has done itself.
  @Test
  default void theSameIsDeliveredOnceInOneChange() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Once", Flags.NONE);
      var mail = new MailId("mail1");
      List<Delivered> all =
          house.change(draft ->
              List.of(
                  draft.deliver(inbox, letter, mail, "ann@example.org", 7),
                  draft.deliver(inbox, letter, mail, "ann@club.example", 7),
                  draft.deliver(inbox, letter, mail, "ann@example.org", 8),
                  draft.deliver(inbox, letter, mail, "ann@club.example", 8)));
      assertThat(all)
          .containsExactly(Delivered.NOW, Delivered.SHARED, Delivered.BEFORE, Delivered.BEFORE);
      assertThat(house.view(inbox).size()).isEqualTo(1);
    }
  }

  /// After a crash the content may be written anew, and then is another by its name.
  @Test
  default void whoSharedADeliveryIsKnownWhateverIsMadeOfTheMailLater() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Once", Flags.NONE);
      var mail = new MailId("mail1");
      assertThat(house.deliver(inbox, letter, mail, "ann@example.org", 7)).isEqualTo(Delivered.NOW);
      assertThat(house.deliver(inbox, letter, mail, "ann@club.example", 7))
          .isEqualTo(Delivered.SHARED);
      house.reopen();
      for (String recipient : List.of("ann@club.example", "ann@example.org")) {
        assertThat(house.deliver(inbox, letter, mail, recipient, 8)).isEqualTo(Delivered.BEFORE);
      }
      assertThat(house.view(inbox).size()).isEqualTo(1);
    }
  }

  @Test
  default void aMailIsDeliveredOnceInWhateverOrderMailsCome() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Once", Flags.NONE);
      List<MailId> mails = new ArrayList<>();
      for (int i = 10; i < 40; i++) {
        mails.add(new MailId("mail" + i));
      }
      Collections.shuffle(mails, new Random(1));
      List<MailId> here = mails.subList(0, 20);
      here.forEach(
          mail -> assertThat(house.delivers(inbox, letter, mail, "ann@example.org")).isTrue());
      here.forEach(
          mail -> assertThat(house.delivers(inbox, letter, mail, "ann@example.org")).isFalse());
      house.reopen();
      mails.forEach(mail ->
          assertThat(house.delivers(inbox, letter, mail, "ann@example.org"))
              .as(mail.value())
              .isNotEqualTo(here.contains(mail)));
      assertThat(house.view(inbox).size()).isEqualTo(30);
    }
  }

  @Test
  default void aDeliveryIsForgottenAfterItsTimeAndNotBefore() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Again", Flags.NONE);
      var first = new MailId("mail1");
      assertThat(house.delivers(inbox, letter, first, "ann@example.org")).isTrue();
      house.clock().forward(Duration.ofDays(6));
      assertThat(house.delivers(inbox, letter, new MailId("mail2"), "ann@example.org")).isTrue();
      assertThat(house.delivers(inbox, letter, first, "ann@example.org")).isFalse();
      house.clock().forward(Duration.ofDays(2));
      assertThat(house.delivers(inbox, letter, new MailId("mail3"), "ann@example.org")).isTrue();
      assertThat(house.delivers(inbox, letter, first, "ann@example.org")).isTrue();
    }
  }

  @Test
  default void anImportedMessageIsAppendedOnceAndRememberedWithWhereItIs() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      NewEmail letter = house.letter("Moved in", Flags.of("\\Seen"));
      var first = new SourceKey(7, 0, 1);
      var second = new SourceKey(7, 0, 2);
      assertThat(house.importOnce(inbox, letter, first)).hasValue(1);
      OptionalLong twice =
          house.change(draft -> {
            draft.appendOnce(inbox, letter, second);
            return draft.appendOnce(inbox, letter, second);
          });
      assertThat(twice).isEmpty();
      house.expunge(inbox, UidSet.of(1));
      house.reopen();
      assertThat(house.importOnce(inbox, letter, first)).isEmpty();
      assertThat(house.uids(inbox)).containsExactly(2);
      var wanted = new Imported(second, inbox, 2, Flags.of("\\Seen"));
      assertThat(house.account().imported(List.of(new SourceKey(7, 0, 9), second)))
          .containsExactly(wanted);
      assertThat(house.account().importedFrom(second, 10)).containsExactly(wanted);
      assertThat(house.account().importedFrom(new SourceKey(7, 0, 0), 10)).hasSize(2);
      assertThat(house.account().importedFrom(new SourceKey(6, 0, 0), 10)).isEmpty();
    }
  }

  @Test
  default void flagsFollowTheSourceAndKeepWhatWasDoneHere() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      var source = new SourceKey(-1, -1, -1);
      house.importOnce(inbox, house.letter("Flags", Flags.of("\\Seen", "old")), source);
      house.store(inbox, UidSet.of(1), FlagChange.ADD, "mine");
      Flags now = Flags.of("\\Flagged", "old");
      assertThat(house.<Boolean>change(draft -> draft.followFlags(source, now))).isTrue();
      assertThat(house.view(inbox).flags(0)).isEqualTo(Flags.of("\\Flagged", "old", "mine"));
      assertThat(house.<Boolean>change(draft -> draft.followFlags(source, now))).isFalse();
      assertThat(house.<Boolean>change(draft -> draft.followFlags(new SourceKey(0, 0, 0), now)))
          .isFalse();
    }
  }

  @Test
  default void aMessageThatWasRemovedAtItsSourceGoesFromWhereItWasPut() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      NewEmail letter = house.letter("Removed", Flags.NONE);
      house.importOnce(inbox, letter, new SourceKey(1, 0, 1));
      house.importOnce(work, letter, new SourceKey(1, 0, 2));
      house.delete(work);
      for (int low = 1; low <= 3; low++) {
        var source = new SourceKey(1, 0, low);
        assertThat(house.<Boolean>change(draft -> draft.followRemoval(source))).isEqualTo(low < 3);
      }
      assertThat(house.view(inbox).size()).isZero();
      assertThat(house.importOnce(inbox, letter, new SourceKey(1, 0, 1))).hasValue(2);
    }
  }

  @Test
  default void flagsAreAddedRemovedAndReplaced() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      Stored added = house.store(inbox, UidSet.of(1, 3, 9), FlagChange.ADD, "\\Seen", "$Label1");
      assertThat(added.changed()).isEqualTo(UidSet.of(1, 3));
      assertThat(house.view(inbox).info().unseen()).isEqualTo(1);
      house.store(inbox, UidSet.of(1), FlagChange.REMOVE, "\\seen");
      house.store(inbox, UidSet.of(2), FlagChange.REPLACE, "\\Deleted", "\\Flagged");

      MailboxView view = house.view(inbox);
      assertThat(view.flags(0).names()).containsExactly("$Label1");
      assertThat(view.flags(1).names()).containsExactly("\\Flagged", "\\Deleted");
      assertThat(view.flags(2).names()).containsExactly("\\Seen", "$Label1");
      assertThat(view.info().unseen()).isEqualTo(2);
      assertThat(view.info().deleted()).isEqualTo(1);
      assertThat(view.firstUnseen()).isZero();
    }
  }

  @Test
  default void aStoreThatChangesNothingMakesNoVersion() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 1);
      house.store(inbox, UidSet.of(1), FlagChange.ADD, "\\Seen");
      long version = house.account().version();
      Stored again = house.store(inbox, UidSet.of(1), FlagChange.ADD, "\\Seen");
      assertThat(again.changed()).isEqualTo(UidSet.NONE);
      assertThat(house.account().version()).isEqualTo(version);
    }
  }

  /// RFC 7162 §3.1.3.
  @Test
  default void messagesThatChangedSinceAreLeftAlone() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 2);
      long seen = house.account().version();
      house.store(inbox, UidSet.of(2), FlagChange.ADD, "\\Flagged");
      Stored result =
          house.change(draft ->
              draft.store(
                  inbox,
                  UidSet.of(1, 2),
                  FlagChange.ADD,
                  Flags.of("\\Seen"),
                  OptionalLong.of(seen)));
      assertThat(result.changed()).isEqualTo(UidSet.of(1));
      assertThat(result.modified()).isEqualTo(UidSet.of(2));
      assertThat(house.view(inbox).flags(1).seen()).isFalse();
    }
  }

  @Test
  default void aCopyIsTheSameEmailWithANewUid() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 3);
      house.store(inbox, UidSet.of(2), FlagChange.ADD, "\\Seen");
      Moved copied = house.change(draft -> draft.copy(inbox, UidSet.of(2, 3, 7), work));
      assertThat(copied.fromUids()).containsExactly(2, 3);
      assertThat(copied.toUids()).containsExactly(1, 2);
      assertThat(copied.uidValidity()).isEqualTo(house.view(work).info().uidValidity());

      MailboxView view = house.view(work);
      assertThat(view.size()).isEqualTo(2);
      assertThat(view.emailId(0)).isEqualTo(house.view(inbox).emailId(1));
      assertThat(view.flags(0).seen()).isTrue();
      assertThat(view.internalMillis(0)).isEqualTo(house.view(inbox).internalMillis(1));
      assertThat(house.account().quota().usedMessages()).isEqualTo(5);
    }
  }

  /// RFC 6851 §3.
  @Test
  default void aMoveIsOneChange() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 4);
      long before = house.account().version();
      long used = house.account().quota().usedBytes();
      Moved moved = house.change(draft -> draft.move(inbox, UidSet.of(1, 3), work));
      assertThat(house.account().version()).isEqualTo(before + 1);
      assertThat(moved.fromUids()).containsExactly(1, 3);
      assertThat(house.uids(inbox)).containsExactly(2, 4);
      assertThat(house.uids(work)).containsExactly(1, 2);
      Account account = house.account();
      assertThat(account.vanishedSince(inbox, before, _ -> true)).isEqualTo(UidSet.of(1, 3));
      assertThat(account.vanishedSince(inbox, before, uid -> uid > 1)).isEqualTo(UidSet.of(3));
      assertThat(account.vanishedSince(inbox, before + 1, _ -> true)).isEqualTo(UidSet.NONE);
      assertThat(house.account().quota().usedBytes()).isEqualTo(used);
    }
  }

  @Test
  default void aMoveWithinOneMailboxGivesNewUids() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      Moved moved = house.change(draft -> draft.move(inbox, UidSet.of(1), inbox));
      assertThat(moved.toUids()).containsExactly(4);
      assertThat(house.uids(inbox)).containsExactly(2, 3, 4);
    }
  }

  @Test
  default void anExpungeTellsWhatWasThereAndKeepsItForUndo() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      house.store(inbox, UidSet.of(2), FlagChange.ADD, "\\Seen", "work");
      Email second = house.account().email(house.view(inbox).emailId(1)).orElseThrow();
      long before = house.account().version();
      assertThat(house.expunge(inbox, UidSet.of(2, 8))).isEqualTo(UidSet.of(2));
      assertThat(house.expunge(inbox, UidSet.of(2))).isEqualTo(UidSet.NONE);
      assertThat(house.account().version()).isEqualTo(before + 1);
      assertThat(house.account().email(second.id())).contains(second);
      Vanished gone = house.account().vanished(inbox, before).getFirst();
      assertThat(gone.emailId()).isEqualTo(second.id());
      assertThat(gone.flags()).isEqualTo(Flags.of("\\Seen", "work"));
      assertThat(gone.goneVersion()).isEqualTo(before + 1);
    }
  }

  @Test
  default void anEditThatThrowsChangesNothing() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 2);
      AccountPicture before = house.picture();
      assertThatThrownBy(() ->
              house.change(draft -> {
                draft.append(inbox, house.letter("Lost", Flags.of("lost")));
                draft.store(
                    inbox, UidSet.of(1), FlagChange.ADD, Flags.of("\\Seen"), OptionalLong.empty());
                draft.create(new MailboxName("Lost"), Optional.empty());
                return draft.create(INBOX, Optional.empty());
              }))
          .isInstanceOf(MailboxException.AlreadyExists.class);
      assertThat(house.picture()).isEqualTo(before);
      house.fill(inbox, 1);
      assertThat(house.uids(inbox)).containsExactly(1, 2, 3);
      assertThat(house.account().keywords()).isEmpty();
    }
  }

  @Test
  default void aDraftSeesWhatItDid() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 1);
      house.reopen();
      house.change(draft -> {
        draft.append(inbox, house.letter("Two", Flags.NONE));
        assertThat(draft.view(inbox).size()).isEqualTo(2);
        assertThat(draft.mailbox(inbox).uidNext()).isEqualTo(3);
        MailboxId made = draft.create(WORK, Optional.empty()).id();
        draft.copy(inbox, UidSet.of(1, 2), made);
        assertThat(draft.view(made).info().messages()).isEqualTo(2);
        draft.expunge(inbox, UidSet.of(1));
        assertThat(draft.view(inbox).uid(0)).isEqualTo(2);
        assertThat(draft.find(WORK)).isPresent();
        draft.delete(made);
        assertThat(draft.find(WORK)).isEmpty();
        return made;
      });
      assertThat(house.uids(inbox)).containsExactly(2);
    }
  }

  @Test
  default void missingParentsAreMadeAndNamesAreFound() {
    try (var house = house()) {
      house.change(draft -> draft.create(new MailboxName("a/b/c"), Optional.empty()));
      assertThat(house.account().find(new MailboxName("a"))).isPresent();
      assertThat(house.account().find(new MailboxName("a/b"))).isPresent();
      house.change(draft -> draft.create(new MailboxName("inbox/x"), Optional.empty()));
      assertThat(house.account().find(new MailboxName("INBOX/x"))).isPresent();
      assertThatThrownBy(
              () -> house.change(draft -> draft.create(new MailboxName("a"), Optional.empty())))
          .isInstanceOf(MailboxException.AlreadyExists.class);
    }
  }

  /// RFC 9051 §6.3.6.
  @Test
  default void aRenameTakesTheMailboxesBelowAlong() {
    try (var house = house()) {
      MailboxId inner =
          house.change(draft -> draft.create(new MailboxName("a/b"), Optional.empty())).id();
      house.fill(inner, 2);
      MailboxInfo before = house.account().find(new MailboxName("a/b")).orElseThrow();
      house.rename("a", "x/y");
      MailboxInfo after = house.account().find(new MailboxName("x/y/b")).orElseThrow();
      assertThat(after.id()).isEqualTo(before.id());
      assertThat(after.uidValidity()).isEqualTo(before.uidValidity());
      assertThat(house.uids(after.id())).containsExactly(1, 2);
      assertThat(house.account().find(new MailboxName("a"))).isEmpty();
      assertThat(house.account().find(new MailboxName("x"))).isPresent();
      assertThatThrownBy(() -> house.rename("x", "x/y/z"))
          .isInstanceOf(MailboxException.NotPermitted.class);
      assertThatThrownBy(() -> house.rename("x", "INBOX"))
          .isInstanceOf(MailboxException.AlreadyExists.class);
    }
  }

  /// RFC 9051 §6.3.6.
  @Test
  default void renamingInboxMovesItsMessagesAndLeavesItEmpty() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      house.change(draft -> draft.create(new MailboxName("INBOX/below"), Optional.empty()));
      house.rename("INBOX", "Old");
      assertThat(house.uids(inbox)).isEmpty();
      assertThat(house.view(inbox).info().uidNext()).isEqualTo(4);
      assertThat(house.uids(house.account().find(new MailboxName("Old")).orElseThrow().id()))
          .containsExactly(1, 2, 3);
      assertThat(house.account().find(new MailboxName("INBOX/below"))).isPresent();
    }
  }

  @Test
  default void aDeletedMailboxIsGoneAndItsNameGetsANewUidValidity() {
    try (var house = house()) {
      MailboxInfo first = house.change(draft -> draft.create(WORK, Optional.empty()));
      house.fill(first.id(), 2);
      MailboxView old = house.view(first.id());
      house.change(draft -> draft.create(new MailboxName("Work/below"), Optional.empty()));
      house.delete(first.id());
      assertThat(house.account().view(first.id())).isEmpty();
      assertThat(house.account().find(new MailboxName("Work/below"))).isPresent();
      assertThat(old.size()).isEqualTo(2);
      MailboxInfo second = house.change(draft -> draft.create(WORK, Optional.empty()));
      assertThat(second.uidValidity()).isGreaterThan(first.uidValidity());
      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(house.account().quota().usedMessages()).isZero();
      assertThat(house.account().vanished(first.id(), 0)).hasSize(2);
      assertThatThrownBy(() -> house.delete(house.inbox()))
          .isInstanceOf(MailboxException.NotPermitted.class);
    }
  }

  @Test
  default void subscriptionsStandForThemselves() {
    try (var house = house()) {
      house.change(draft -> {
        draft.subscribe(new MailboxName("not/there"), true);
        draft.subscribe(new MailboxName("Junk"), false);
        return draft;
      });
      house.reopen();
      assertThat(house.account().subscriptions())
          .contains(new MailboxName("not/there"))
          .doesNotContain(new MailboxName("Junk"))
          .startsWith(INBOX);
      assertThat(house.account().find(new MailboxName("Junk")).orElseThrow().subscribed())
          .isFalse();
    }
  }

  @Test
  default void aSpecialUseIsGivenOnce() {
    try (var house = house()) {
      assertThatThrownBy(
              () -> house.change(draft -> draft.create(WORK, Optional.of(SpecialUse.SENT))))
          .isInstanceOf(MailboxException.NotPermitted.class);
      house.change(draft -> draft.create(WORK, Optional.of(SpecialUse.FLAGGED)));
    }
  }

  @Test
  default void theQuotaHoldsForWhatComesInAndNotForWhatMoves() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      house.fill(inbox, 1);
      long size = house.account().quota().usedBytes();
      house.change(draft -> {
        draft.setQuota(new QuotaLimits(size * 2, 0));
        return draft;
      });
      assertThatThrownBy(() ->
              house.change(draft -> draft.append(inbox, house.letter("x".repeat(400), Flags.NONE))))
          .isInstanceOf(MailboxException.OverQuota.class);
      house.change(draft -> draft.copy(inbox, UidSet.of(1), trash));
      assertThatThrownBy(() -> house.change(draft -> draft.copy(inbox, UidSet.of(1), trash)))
          .isInstanceOf(MailboxException.OverQuota.class);
      house.change(draft -> draft.move(inbox, UidSet.of(1), trash));
      house.expunge(trash, UidSet.of(1));
      assertThat(house.account().quota().usedBytes()).isEqualTo(size);
      assertThat(house.account().quota().limitBytes()).isEqualTo(size * 2);
    }
  }

  @Test
  default void theQuotaOfMessagesHoldsToo() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      house.limit(new QuotaLimits(0, 3));
      house.fill(inbox, 2);
      assertThatThrownBy(() -> house.fill(inbox, 2)).isInstanceOf(MailboxException.OverQuota.class);
      assertThatThrownBy(() -> house.change(draft -> draft.copy(inbox, UidSet.range(1, 2), trash)))
          .isInstanceOf(MailboxException.OverQuota.class);
      house.change(draft -> draft.copy(inbox, UidSet.of(1), trash));
      assertThat(house.account().quota().hasRoomFor(1)).isFalse();
      house.change(draft -> draft.move(inbox, UidSet.range(1, 2), trash));
      house.reopen();
      assertThat(house.account().quota().limitMessages()).isEqualTo(3);
      assertThat(house.account().quota().percent()).isEqualTo(100);
      assertThat(house.account().history(0, 10).get(1).events())
          .containsExactly(new Change.QuotaSet(QuotaLimits.NONE, new QuotaLimits(0, 3)));
      house.expunge(trash, UidSet.of(1));
      assertThat(house.account().quota().hasRoomFor(1)).isTrue();
    }
  }

  /// RFC 4314 §4: a new mailbox has the rights of the one above it, a renamed one keeps its own, a
  /// deleted one leaves none.
  @Test
  default void rightsStayWithTheMailbox() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      Rights read = Rights.parse("lr");
      house.change(draft -> {
        draft.setRights(trash, "bob@example.org", read);
        draft.setRights(trash, "-cyd@example.org", Rights.parse("d"));
        draft.setRights(inbox, "anyone", read);
        draft.setRights(inbox, "anyone", Rights.NONE);
        return draft.create(new MailboxName("Trash/Old"), Optional.empty());
      });
      house.rename("Trash", "Bin");
      house.reopen();
      MailboxId below = house.account().find(new MailboxName("Bin/Old")).orElseThrow().id();
      assertThat(house.account().acl(inbox).isEmpty()).isTrue();
      assertThat(house.account().acl(trash)).isEqualTo(house.account().acl(below));
      assertThat(house.account().acl(below).of(List.of("bob@example.org", "anyone")))
          .isEqualTo(read);
      assertThat(house.account().acl(below).of("-cyd@example.org")).isEqualTo(Rights.parse("te"));
      house.delete(below);
      MailboxId again =
          house.change(draft -> draft.create(new MailboxName("Old"), Optional.empty())).id();
      house.reopen();
      assertThat(house.account().acl(again).isEmpty()).isTrue();
      assertThat(house.account().acl(below).isEmpty()).isTrue();
    }
  }

  @Test
  default void accessKeysStayAndGoWithTheMailbox() {
    try (var house = house()) {
      AccountId own = house.account().id();
      AccountId other = new AccountId("other");
      MailboxId inbox = house.inbox();
      MailboxId old =
          house.change(draft -> draft.create(new MailboxName("Old"), Optional.empty())).id();
      long version = house.account().version();
      assertThat(house.account().accessKey(own, inbox)).isEmpty();
      String first = house.change(draft -> draft.accessKey(own, inbox, false)).token("url");
      String ofOld = house.change(draft -> draft.accessKey(own, old, false)).token("url");
      String foreign = house.change(draft -> draft.accessKey(other, inbox, false)).token("url");
      assertThat(List.of(first, ofOld, foreign)).doesNotHaveDuplicates();
      assertThat(house.account().version()).isEqualTo(version);
      house.reopen();
      assertThat(house.change(draft -> draft.accessKey(own, inbox, false)).token("url"))
          .isEqualTo(first);
      AccessKey key = house.account().accessKey(own, inbox).orElseThrow();
      assertThat(key.proves("url", first)).isTrue();
      assertThat(key.proves("other", first)).isFalse();
      assertThat(key.proves("url", first + "0")).isFalse();
      assertThat(key.toString()).isEqualTo("AccessKey");
      assertThat(house.change(draft -> draft.accessKey(own, inbox, true)).proves("url", first))
          .isFalse();
      house.delete(old);
      assertThat(house.account().accessKey(own, old)).isEmpty();
      house.change(draft -> {
        draft.forgetAccessKeys();
        return draft;
      });
      house.reopen();
      assertThat(house.account().accessKey(own, inbox)).isEmpty();
      assertThat(house.account().accessKey(other, inbox)).isEmpty();
    }
  }

  @Test
  default void accessKeysHaveALimit() {
    try (var house = house()) {
      AccountId other = new AccountId("other");
      assertThatThrownBy(() ->
              house.change(draft -> {
                for (int i = 1; i <= AccessKey.MAX_IN_ACCOUNT + 1; i++) {
                  var _ = draft.accessKey(other, new MailboxId(i), false);
                }
                return draft;
              }))
          .isInstanceOf(MailboxException.LimitReached.class);
    }
  }

  @Test
  default void rightsHaveALimit() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      assertThatThrownBy(() ->
              house.change(draft -> {
                for (int i = 0; i <= Acl.ENTRIES_MAX; i++) {
                  draft.setRights(inbox, "user" + i, Rights.ALL);
                }
                return draft;
              }))
          .isInstanceOf(MailboxException.LimitReached.class);
      assertThat(house.account().acl(inbox).isEmpty()).isTrue();
    }
  }

  /// What a reader has seen changes nothing for others, has MODSEQs like all else, and outlives the
  /// process.
  @Test
  default void eachReaderHasSeenOtherMessages() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      var bob = new AccountId("bob");
      var cyd = new AccountId("cyd");
      house.fill(inbox, 600);
      house.store(inbox, UidSet.of(1), FlagChange.ADD, "\\Seen");
      MailboxView before = house.account().view(inbox, bob).orElseThrow();
      assertThat(before.info().unseen()).isEqualTo(600);
      UidSet some = UidSet.of(2, 255, 256, 257, 600, 900);
      UidSet marked = house.change(draft -> draft.markSeen(inbox, bob, some, true));
      assertThat(marked).isEqualTo(UidSet.of(2, 255, 256, 257, 600));
      long version = house.account().version();
      assertThat(house.change(draft -> draft.markSeen(inbox, bob, some, true)).isEmpty()).isTrue();
      assertThat(house.account().version()).isEqualTo(version);
      house.change(draft -> draft.markSeen(inbox, bob, UidSet.of(255), false));
      house.expunge(inbox, UidSet.of(256));

      MailboxView now = house.account().view(inbox, bob).orElseThrow();
      assertThat(now.since(before).changedIndexes()).containsExactly(1, 254, 255, 598);
      assertThat(now.since(before).expunged()).isEqualTo(UidSet.of(256));
      house.reopen();
      MailboxView later = house.account().view(inbox, bob).orElseThrow();
      for (MailboxView view : List.of(now, later)) {
        assertThat(view.info().unseen()).isEqualTo(599 - 3);
        assertThat(view.firstUnseen()).isZero();
        assertThat(view.flags(view.indexOf(600)).seen()).isTrue();
        assertThat(view.flags(view.indexOf(255)).seen()).isFalse();
        assertThat(view.modSeq(view.indexOf(600))).isEqualTo(version);
        assertThat(view.modSeq(view.indexOf(255))).isEqualTo(version + 1);
        assertThat(view.info().highestModSeq()).isEqualTo(version + 2);
      }
      assertThat(house.account().view(inbox, cyd).orElseThrow().info().unseen()).isEqualTo(599);
      assertThat(house.view(inbox).info().unseen()).isEqualTo(598);
      house.change(draft -> draft.markSeen(inbox, bob, UidSet.of(258), true));
      house.reopen();
      MailboxView last = house.account().view(inbox, bob).orElseThrow();
      assertThat(last.flags(last.indexOf(257)).seen()).isTrue();
      assertThat(last.info().unseen()).isEqualTo(599 - 4);
    }
  }

  @Test
  default void whatReadersHaveSeenGoesWithTheMailbox() {
    try (var house = house()) {
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      var bob = new AccountId("bob");
      house.fill(trash, 3);
      house.change(draft -> draft.markSeen(trash, bob, UidSet.of(1, 2), true));
      house.delete(trash);
      house.reopen();
      assertThat(house.account().view(trash, bob)).isEmpty();
    }
  }

  @Test
  default void notesStayWithTheMailboxAndTheReader() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      house.change(draft -> {
        draft.annotate(Annotation.shared(trash, "/shared/Comment"), Optional.of("\u00ff\0"));
        draft.annotate(new Annotation(trash, "bob", "/private/comment"), Optional.of("b"));
        draft.annotate(new Annotation(inbox, "bob", "/private/comment"), Optional.of("i"));
        draft.annotate(Annotation.shared(Annotation.WHOLE_ACCOUNT, "/private/x"), Optional.of("w"));
        return draft;
      });
      house.rename("Trash", "Bin");
      house.reopen();
      assertThat(house.account().annotations(trash, ""))
          .containsExactly(Map.entry("/shared/comment", "\u00ff\0"));
      assertThat(house.account().annotations(trash, "bob"))
          .containsExactly(Map.entry("/private/comment", "b"));
      assertThat(house.account().annotations(Annotation.WHOLE_ACCOUNT, "")).hasSize(1);
      house.delete(trash);
      house.change(draft -> {
        draft.annotate(new Annotation(inbox, "bob", "/private/comment"), Optional.empty());
        return draft;
      });
      house.reopen();
      assertThat(house.account().annotations(trash, "bob")).isEmpty();
      assertThat(house.account().annotations(inbox, "bob")).isEmpty();
    }
  }

  @Test
  default void aWarningIsDueOnceUntilLessWasUsed() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      List<AccountId> heard = new ArrayList<>();
      house.accounts().quotas().watch(heard::add);
      house.limit(new QuotaLimits(0, 10));
      house.fill(inbox, 7);
      assertThat(heard).isEmpty();
      assertThat(house.warn(80)).isFalse();

      house.fill(inbox, 1);
      assertThat(heard).containsExactly(AccountHouse.ID);
      assertThat(house.warn(95)).isFalse();
      assertThat(house.warn(80)).isTrue();
      assertThat(house.account().quota().usedMessages()).isEqualTo(9);
      house.reopen();
      assertThat(house.warn(80)).isFalse();

      house.expunge(inbox, UidSet.range(1, 2));
      house.fill(inbox, 1);
      assertThat(house.warn(80)).isTrue();
    }
  }

  @Test
  default void aWarningFindsRoomWhereThereIsNone() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.limit(new QuotaLimits(0, 4));
      house.fill(inbox, 4);
      assertThat(house.warn(95)).isTrue();
      assertThat(house.view(inbox).size()).isEqualTo(5);
      assertThat(house.account().quota().percent()).isEqualTo(125);
      assertThatThrownBy(() -> house.fill(inbox, 1)).isInstanceOf(MailboxException.OverQuota.class);
      assertThat(house.warn(95)).isFalse();
      assertThat(house.warn(80)).isFalse();
    }
  }

  @Test
  default void limitsAreKept() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 1);
      assertThatThrownBy(() ->
              house.change(draft -> {
                for (int i = 0; i < 100; i++) {
                  draft.create(new MailboxName("m" + i), Optional.empty());
                }
                return draft;
              }))
          .isInstanceOf(MailboxException.LimitReached.class);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  house.store(inbox, UidSet.of(1), FlagChange.REPLACE, "keyword" + i);
                }
              })
          .isInstanceOf(MailboxException.LimitReached.class);
      assertThatThrownBy(() ->
              house.change(draft ->
                  draft.append(inbox, house.letter("a", "X: " + "y".repeat(40_000) + "\r\n"))))
          .isInstanceOf(MailboxException.LimitReached.class);
    }
  }

  @Test
  default void repliesJoinTheThreadOfWhatTheyAnswer() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.change(draft -> {
        draft.append(inbox, house.letterWithId("<a@x>", ""));
        draft.append(inbox, house.letterWithId("<b@x>", "<a@x>"));
        draft.append(inbox, house.letterWithId("<other@x>", ""));
        return draft;
      });
      house.change(draft -> draft.append(inbox, house.letterWithId("<c@x>", "<zero@x> <b@x>")));
      house.change(draft -> draft.append(inbox, house.letterWithId("<zero@x>", "")));
      List<Long> threads =
          house.account().emails(house.view(inbox), 0, 5).stream().map(Email::threadId).toList();
      assertThat(threads.get(1)).isEqualTo(threads.get(0));
      assertThat(threads.get(3)).isEqualTo(threads.get(0));
      assertThat(threads.get(4)).isEqualTo(threads.get(0));
      assertThat(threads.get(2)).isNotEqualTo(threads.get(0));
    }
  }

  @Test
  default void theLogSaysWhoDidWhatWhen() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      long before = house.account().version();
      house.fill(inbox, 3);
      house.store(inbox, UidSet.of(1, 2), FlagChange.ADD, "\\Seen");
      house.change(draft -> draft.copy(inbox, UidSet.of(1), work));
      house.change(draft -> draft.move(inbox, UidSet.of(2, 3), work));
      house.expunge(work, UidSet.of(1, 3));
      house.rename("Work", "Play");
      house.delete(work);
      List<Change> changes = house.account().history(before, 100);
      assertThat(changes)
          .extracting(Change::version)
          .containsExactly(
              before + 1, before + 2, before + 3, before + 4, before + 5, before + 6, before + 7);
      assertThat(changes)
          .allMatch(change -> change.actor().equals(AccountHouse.ACTOR))
          .allMatch(change -> change.when().equals(house.clock().instant()));
      assertThat(changes.stream().flatMap(change -> change.events().stream()))
          .containsExactly(
              new Change.Appended(inbox, UidSet.of(1, 2, 3)),
              new Change.Flagged(inbox, UidSet.of(1, 2), Flags.NONE, Flags.of("\\Seen")),
              new Change.Copied(inbox, UidSet.of(1), work, UidSet.of(1)),
              new Change.Moved(inbox, UidSet.of(2, 3), work, UidSet.of(2, 3)),
              new Change.Expunged(work, UidSet.of(1, 3)),
              new Change.Renamed(work, WORK, new MailboxName("Play")),
              new Change.Deleted(work, new MailboxName("Play"), Optional.empty()));
      assertThat(house.account().history(before, 2)).isEqualTo(changes.subList(0, 2));
      assertThat(house.account().history(before + 2, 3)).isEqualTo(changes.subList(2, 5));
      assertThat(house.account().history(before + 7, 3)).isEmpty();
    }
  }

  @Test
  default void theBellRingsAfterTheChangeIsReadable() throws InterruptedException {
    try (var house = house();
        Bell bell = house.account().listen()) {
      assertThat(bell.await(Duration.ofMillis(1))).isFalse();
      house.fill(house.inbox(), 1);
      assertThat(bell.await(Duration.ofSeconds(60))).isTrue();
      assertThat(house.view(house.inbox()).size()).isEqualTo(1);
      assertThat(bell.await(Duration.ofMillis(1))).isFalse();
    }
  }

  /// RFC 3501 §2.3.2.
  @Test
  default void aMessageIsRecentForOneSession() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 2);
      assertThat(house.account().firstRecentUid(inbox, false)).isEqualTo(1);
      assertThat(house.account().firstRecentUid(inbox, true)).isEqualTo(1);
      assertThat(house.account().firstRecentUid(inbox, true)).isEqualTo(3);
      house.fill(inbox, 1);
      assertThat(house.account().firstRecentUid(inbox, true)).isEqualTo(3);
      house.reopen();
      assertThat(house.account().firstRecentUid(inbox, false)).isEqualTo(4);
    }
  }

  @Test
  default void anAccountReadAgainIsTheSame() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 700);
      house.store(inbox, UidSet.range(100, 650), FlagChange.ADD, "\\Seen", "$Label1");
      house.change(draft -> draft.move(inbox, UidSet.range(300, 400), work));
      house.expunge(inbox, UidSet.of(1, 5, 600));
      AccountPicture before = house.picture();
      long checksum = house.account().checksum();
      house.reopen();
      assertThat(house.picture()).isEqualTo(before);
      assertThat(house.account().checksum()).isEqualTo(checksum);
    }
  }

  @Test
  default void aDeletedAccountIsGoneForWhoeverHasItOpen() {
    try (var house = house()) {
      Account account = house.account();
      MailboxId inbox = house.inbox();
      Bell bell = account.listen();
      assertThat(house.accounts().delete(account.id())).isTrue();
      assertThat(bell.closed()).isFalse();
      assertThatThrownBy(account::mailboxes).isInstanceOf(MailboxException.AccountGone.class);
      assertThatThrownBy(() -> account.view(inbox))
          .isInstanceOf(MailboxException.AccountGone.class);
      assertThatThrownBy(() -> account.change(AccountHouse.ACTOR, draft -> draft.mailbox(inbox)))
          .isInstanceOf(MailboxException.AccountGone.class);
      assertThat(house.accounts().find(account.id())).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
      assertThat(house.accounts().delete(account.id())).isFalse();
    }
  }

  @Test
  default void anAccountIsTheSameObjectForAll() {
    try (var house = house()) {
      assertThat(house.accounts().find(AccountHouse.ID).orElseThrow()).isSameAs(house.account());
      assertThat(house.accounts().find(new AccountId("nobody"))).isEmpty();
      assertThatThrownBy(() ->
              house
                  .accounts()
                  .create(
                      AccountHouse.ID,
                      AccountHouse.ACTOR,
                      new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD)))
          .isInstanceOf(IllegalStateException.class);
      assertThat(Set.copyOf(house.accounts().list(Optional.empty(), 10)))
          .containsExactly(AccountHouse.ID);
    }
  }

  /// More than the cache of the house holds is open at the same time.
  @Test
  default void viewsThatWereDroppedAreReadAgainAndThoseInUseStayValid() {
    try (var house = house()) {
      List<MailboxId> mailboxes =
          house.account().mailboxes().stream().map(MailboxInfo::id).toList();
      for (MailboxId mailbox : mailboxes) {
        house.fill(mailbox, 4_600);
      }
      List<MailboxView> held = mailboxes.stream().map(house::view).toList();
      for (MailboxId mailbox : mailboxes) {
        house.store(mailbox, UidSet.of(4_600), FlagChange.ADD, "\\Seen");
      }
      for (int i = 0; i < mailboxes.size(); i++) {
        MailboxView now = house.view(mailboxes.get(i));
        assertThat(now.since(held.get(i)).changedIndexes()).containsExactly(4_599);
        assertThat(held.get(i).flags(4_599).seen()).isFalse();
      }
      assertThat(house.openViews()).isLessThan(mailboxes.size());
    }
  }
}

package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.memory.InMemoryEngine;

/// What comes back has an email: where the email of an expunged message is lost or damaged, only
/// the others do.
final class UndeleteDamageTest {
  private static final long LOST = 1;
  private static final long SOUND = 2;

  private interface Check {
    void of(AccountHouse house);
  }

  /// An account with one message, and two that were expunged.
  private static void withDamage(boolean cutOff, Check check) {
    var engine = new InMemoryEngine();
    var partition = Rows.partition(AccountHouse.ID);
    try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
      house.fill(house.inbox(), 3);
      house.expunge(house.inbox(), UidSet.of(1, 2));
      byte[] email = engine.get(partition, Keys.email(LOST)).orElseThrow();
      Batch damage = new Batch();
      if (cutOff) {
        damage.put(Keys.email(LOST), Arrays.copyOf(email, email.length - 1));
      } else {
        damage.delete(Keys.email(LOST));
      }
      var _ = engine.commit(partition, engine.head(partition).version(), CommitId.random(), damage);
      house.reopen();
      check.of(house);
      var _ =
          engine.commit(
              partition,
              engine.head(partition).version(),
              CommitId.random(),
              new Batch().put(Keys.email(LOST), email));
    }
  }

  private static RestorePlan undelete(AccountHouse house, Optional<Set<Long>> emails) {
    var wish = new UndeleteWish(emails, Optional.empty(), Instant.MIN, Optional.empty());
    return new TimeMachine(house.account()).undelete(AccountHouse.ACTOR, wish);
  }

  private static void assertSoundOneIsBack(AccountHouse house) {
    MailboxView view = house.view(house.inbox());
    assertThat(view.size()).isEqualTo(2);
    assertThat(view.emailId(1)).isEqualTo(SOUND);
  }

  @Test
  void anEmailThatIsLostIsNotUndeleted() {
    withDamage(
        false,
        house -> {
          assertThat(undelete(house, Optional.empty()).steps()).hasSize(1);
          assertSoundOneIsBack(house);
          assertThat(undelete(house, Optional.empty()).steps()).isEmpty();
        });
  }

  @Test
  void anEmailThatIsDamagedIsNotUndeleted() {
    withDamage(
        true,
        house -> {
          assertThat(undelete(house, Optional.empty()).steps()).hasSize(1);
          assertSoundOneIsBack(house);
        });
  }

  @Test
  void whoNamesALostOneIsToldSo() {
    withDamage(
        false,
        house ->
            assertThatThrownBy(() -> undelete(house, Optional.of(Set.of(LOST, SOUND))))
                .isInstanceOf(MailboxException.NotFound.class)
                .hasMessageContaining("E1")
                .hasMessageContaining("damaged"));
  }

  @Test
  void anEmailThatIsLostIsNotRestored() {
    withDamage(
        false,
        house -> {
          long before = house.account().version() - 1;
          var wish = new RestoreWish(before, new RestoreWish.Everything(), false);
          assertThat(new TimeMachine(house.account()).plan(wish).steps()).hasSize(1);
          var _ = new TimeMachine(house.account()).restore(AccountHouse.ACTOR, wish);
          assertSoundOneIsBack(house);
        });
  }
}

package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.memory.InMemoryEngine;

/// What an account is that was written from the rows of another.
final class AccountCopyTest {
  private static final AccountId COPY = new AccountId("copy");
  private static final int EMAILS = 3_000;

  private final Set<ContentId> synced = new HashSet<>();
  private int checked;

  /// More emails than one commit takes.
  @Test
  void contentsAreDurableBeforeTheRowsThatNameThem() {
    try (var house = new AccountHouse(new InMemoryEngine(), engine -> engine)) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, EMAILS);
      Engine engine = watched(Engine.class, house.engine());
      ContentStore contents = watched(ContentStore.class, house.contents());
      var accounts = new Accounts(engine, contents, house.clock(), AccountsConfig.defaults());
      copy(accounts, house);
      assertThat(checked).isEqualTo(EMAILS);
      assertThat(accounts.verify(COPY, ConsistencyWalk.Depth.BYTES).orElseThrow().faults())
          .isEmpty();
      accounts.close();
    }
  }

  private static void copy(Accounts accounts, AccountHouse house) {
    AccountCopy copy = accounts.copyTo(COPY, UnaryOperator.identity());
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          house
              .engine()
              .scan(Rows.partition(AccountHouse.ID), new byte[0], new byte[0], 500, false, resume);
      for (Page.Row row : page.rows()) {
        if (AccountRows.isEmail(row.key())) {
          copy.putEmail(row.key(), row.value(), Optional.of(EmailRow.place(row.value())));
        } else {
          copy.put(row.key(), row.value());
        }
      }
      resume = page.resume();
    } while (resume.isPresent());
    copy.finish("ann@example.org", Optional.empty(), house.clock().instant());
  }

  /// Hears of syncs, and looks at what is committed.
  private <T> T watched(Class<T> type, T below) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              hear(method, arguments);
              try {
                return method.invoke(below, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private void hear(Method method, Object[] arguments) {
    if (method.getName().equals("sync")) {
      synced.add((ContentId) arguments[0]);
    } else if (method.getName().equals("commit")) {
      check((Batch) arguments[3]);
      synced.clear();
    }
  }

  private void check(Batch batch) {
    batch.forEach(
        new Batch.Sink() {
          @Override
          public void put(byte[] key, byte[] value) {
            if (Keys.isEmail(key)) {
              assertThat(synced).contains(EmailRow.place(value));
              checked++;
            }
          }

          @Override
          public void delete(byte[] key) {}

          @Override
          public void deleteRange(byte[] from, byte[] to) {}
        });
  }
}

package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every [Store] promises.
public interface StoreContract {
  /// The store, empty when the test begins; the same one each time.
  Store store();

  /// Lets time pass for the store.
  void pass(Duration time);

  @Test
  default void findsWhatWasPut() {
    store().put("a", "1");
    store().put("b", "");
    assertThat(store().find("a")).contains("1");
    assertThat(store().find("b")).contains("");
    assertThat(store().find("c")).isEmpty();
    store().remove("a");
    store().remove("never there");
    assertThat(store().find("a")).isEmpty();
  }

  @Test
  default void listsInTheOrderOfBytesFromWhereOneLikes() {
    for (String key : List.of("t/2", "t/1", "t/ä", "t/z", "s", "u", "t")) {
      store().put(key, key + "!");
    }
    assertThat(keys("", Optional.empty(), 10))
        .containsExactly("s", "t", "t/1", "t/2", "t/z", "t/ä", "u");
    assertThat(keys("t/", Optional.empty(), 10)).containsExactly("t/1", "t/2", "t/z", "t/ä");
    assertThat(keys("t/", Optional.of("t/1"), 2)).containsExactly("t/2", "t/z");
    assertThat(keys("t/", Optional.of("t/11"), 1)).containsExactly("t/2");
    assertThat(keys("t/", Optional.of("t/ä"), 10)).isEmpty();
    assertThat(keys("t/", Optional.of("a"), 1)).containsExactly("t/1");
    assertThat(store().list("u", Optional.empty(), 1)).containsExactly(new Store.Entry("u", "u!"));
    for (int limit : List.of(0, Store.LIST_MAX + 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store().list("", Optional.empty(), limit));
    }
  }

  @Test
  default void aChangeSeesItselfAndIsMadeAsAWhole() {
    store().put("gone", "x");
    String seen =
        store()
            .change(draft -> {
              draft.put("a", "1");
              draft.put("b", "2");
              draft.remove("gone");
              draft.put("b", "3");
              return draft.find("a").orElse("") + draft.find("b").orElse("") + draft.find("gone");
            });
    assertThat(seen).isEqualTo("13Optional.empty");
    assertThat(store().find("b")).contains("3");
    assertThat(store().find("gone")).isEmpty();
  }

  @Test
  default void aChangeThatThrowsChangesNothing() {
    assertThatIllegalStateException()
        .isThrownBy(() ->
            store()
                .update(draft -> {
                  draft.put("a", "1");
                  throw new IllegalStateException("no");
                }))
        .withMessage("no");
    assertThat(store().find("a")).isEmpty();
    store().put("a", "2");
    assertThat(store().find("a")).contains("2");
  }

  @Test
  default void manyWhoCountAtOnceLoseNothing() throws InterruptedException, ExecutionException {
    Store store = store();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String mine = "by/" + i;
        all.add(
            threads.submit(() -> {
              for (int n = 0; n < 25; n++) {
                store.update(draft -> {
                  draft.put("total", more(draft.find("total")));
                  draft.put(mine, more(draft.find(mine)));
                });
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(store.find("total")).contains("200");
    assertThat(store.list("by/", Optional.empty(), 10))
        .hasSize(8)
        .allMatch(entry -> entry.value().equals("25"));
  }

  @Test
  default void forgetsWhatIsKeptForAWhile() {
    store()
        .update(draft -> {
          draft.put("day", "1", Duration.ofDays(1));
          draft.put("ever", "2");
        });
    pass(Duration.ofHours(23));
    assertThat(store().find("day")).contains("1");
    pass(Duration.ofHours(1));
    assertThat(store().find("day")).isEmpty();
    assertThat(keys("", Optional.empty(), 10)).containsExactly("ever");
    assertThat(store().<Boolean>change(draft -> draft.find("day").isPresent())).isFalse();
  }

  @Test
  default void refusesWhatIsTooLarge() {
    String key = "k".repeat(Store.KEY_MAX_BYTES);
    String value = "v".repeat(Store.VALUE_MAX_BYTES);
    store().put(key, value);
    assertThat(store().find(key)).contains(value);
    assertThatIllegalArgumentException().isThrownBy(() -> store().put(key + "k", ""));
    assertThatIllegalArgumentException().isThrownBy(() -> store().put("", ""));
    assertThatIllegalArgumentException().isThrownBy(() -> store().put("a", value + "v"));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            store()
                .update(draft -> {
                  for (int i = 0; i <= Store.CHANGE_MAX_KEYS; i++) {
                    draft.put("n" + i, "");
                  }
                }));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            store()
                .update(draft -> {
                  for (int i = 0; i < 17; i++) {
                    draft.put("n" + i, value);
                  }
                }));
    assertThat(keys("n", Optional.empty(), 1)).isEmpty();
  }

  @Test
  default void refusesAChangeWithinAChange() {
    assertThatIllegalStateException().isThrownBy(() -> store().update(_ -> store().put("a", "1")));
    store().put("a", "2");
    assertThat(store().find("a")).contains("2");
  }

  private List<String> keys(String prefix, Optional<String> after, int limit) {
    return store().list(prefix, after, limit).stream().map(Store.Entry::key).toList();
  }

  private static String more(Optional<String> before) {
    return String.valueOf(before.map(Integer::parseInt).orElse(0) + 1);
  }
}

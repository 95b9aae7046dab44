package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.directory.DirectoryContract.EXAMPLE;
import static org.posthorn.storage.directory.DirectoryContract.at;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// What it costs to find the members in domains of ours, and who changes them meanwhile.
final class MembersByDomainTest {
  private static final int MANY = 300;
  private static final MailAddress TEAM = at("team@example.org");

  private final AtomicInteger scans = new AtomicInteger();

  /// Done once after the next look at these rows.
  private final AtomicReference<Optional<Runnable>> after = new AtomicReference<>(Optional.empty());

  private final DirectoryHouse house =
      new DirectoryHouse(
          new ForwardingEngine(new InMemoryEngine()) {
            @Override
            public Page scan(
                Partition partition,
                byte[] from,
                byte[] to,
                int limitRows,
                boolean reverse,
                Optional<Page.Resume> resume) {
              Page page = super.scan(partition, from, to, limitRows, reverse, resume);
              if (from.length > 0 && from[0] == ListRows.BY_DOMAIN) {
                scans.incrementAndGet();
                after.getAndSet(Optional.empty()).ifPresent(Runnable::run);
              }
              return page;
            }
          },
          same -> same);

  @BeforeEach
  void begin() {
    house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
    house.directory().lists().create(TEAM, Map.of());
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void manyDomainsOfTheServerCostNothing() {
    for (int i = 0; i < MANY; i++) {
      house.directory().domains().create(numbered(i), DomainSettings.STANDARD);
    }
    join(
        Stream.of(
            "a@d7.example", "b@d7.example", "c@d7.example.net", "d@z.example", "e@d9.example"));
    assertThat(ours()).containsExactly(at("a@d7.example"), at("b@d7.example"), at("e@d9.example"));
    assertThat(scans.get()).isLessThan(12);
  }

  @Test
  void manyDomainsOfMembersCostNothing() {
    join(IntStream.range(0, MANY).mapToObj(i -> "a@" + numbered(i)));
    join(Stream.of("Bob@example.org"));
    assertThat(ours()).containsExactly(at("Bob@example.org"));
    assertThat(scans.get()).isLessThan(5);
  }

  @Test
  void whoJoinsWhileTheyAreLookedThroughIsNoFault() {
    join(Stream.of("a@example.net"));
    after.set(Optional.of(() -> join(Stream.of("b@example.net"))));
    assertThat(house.directory().inspect().faults(EXAMPLE)).isEmpty();
    after.set(Optional.of(() -> house.directory().lists().remove(TEAM, at("a@example.net"))));
    assertThat(house.directory().inspect().faults(EXAMPLE)).isEmpty();
    assertThat(house.directory().lists().count(TEAM)).isEqualTo(1);
  }

  @Test
  void aMemberWhoIsNotAmongThemIsAFault() {
    join(Stream.of("a@example.net", "b@example.net"));
    Partition partition = DomainRows.partition(EXAMPLE);
    var _ =
        house
            .engine()
            .commit(
                partition,
                house.engine().head(partition).version(),
                CommitId.random(),
                new Batch().delete(ListRows.key(ListRows.BY_DOMAIN, "team", "example.net\0a")));
    house.reopen();
    assertThat(house.directory().inspect().faults(EXAMPLE))
        .extracting(DirectoryCheck.Finding::what)
        .containsExactly("its members by their domains are not those that it has");
  }

  private static Domain numbered(int i) {
    return Domain.of("d" + i + ".example");
  }

  private void join(Stream<String> members) {
    List<ListBook.NewMember> all = members.map(one -> new ListBook.NewMember(at(one), "")).toList();
    assertThat(house.directory().lists().add(TEAM, all, Instant.EPOCH)).hasSameSizeAs(all);
  }

  private List<MailAddress> ours() {
    ListBook lists = house.directory().lists();
    scans.set(0);
    return lists.ours(lists.there(TEAM));
  }
}

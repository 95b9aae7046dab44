package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Mentions.Kind;
import org.posthorn.storage.directory.Mentions.Mention;
import org.posthorn.storage.memory.InMemoryEngine;

/// Where somebody is named who goes, or gets another name.
class MentionsTest {
  private static final Domain FIRM = Domain.of("firm.example");
  private static final MailAddress ANN = at("ann@firm.example");
  private static final MailAddress BOB = at("bob@firm.example");
  private static final MailAddress ROB = at("rob@firm.example");
  private static final MailAddress TEAM = at("team@firm.example");

  private DirectoryHouse house;
  private Directory directory;

  private static MailAddress at(String address) {
    return MailAddress.of(address);
  }

  @BeforeEach
  void open() {
    house = new DirectoryHouse(new InMemoryEngine(), UnaryOperator.identity());
    directory = house.directory();
    directory.domains().create(FIRM, DomainSettings.STANDARD);
    directory.domains().alias(Domain.of("firm.net"), FIRM);
    house.user("ann@firm.example");
    house.user("bob@firm.example");
    directory.serveUnder(new OwnNames(Set.of(Domain.of("mx.firm.example")), Optional.of(BOB)));
    directory.createAlias(at("info@firm.example"), List.of(ANN, at("Bob+info@firm.net")));
    directory.createAlias(at("sales@firm.example"), List.of(ANN));
    var _ =
        directory
            .lists()
            .create(TEAM, Map.of("moderators", "bob@firm.example", "archive", "bob@firm.example"));
    var _ =
        directory
            .lists()
            .add(
                TEAM,
                List.of(
                    new ListBook.NewMember(BOB, "Bob"),
                    new ListBook.NewMember(at("eve@elsewhere.example"), "Eve")),
                Instant.EPOCH);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void whoGoesLeavesDeadEnds() {
    assertThat(directory.mentions().deadEnds()).isEmpty();
    User bob = directory.user(BOB).orElseThrow();
    List<Mention> named = directory.mentions().of(bob);
    assertThat(named)
        .containsExactlyInAnyOrder(
            new Mention(Kind.POSTMASTER, "", BOB),
            new Mention(Kind.ALIAS, "info@firm.example", at("Bob+info@firm.net")),
            new Mention(Kind.LIST_MODERATOR, "team@firm.example", BOB),
            new Mention(Kind.LIST_ARCHIVE, "team@firm.example", BOB),
            new Mention(Kind.LIST_MEMBER, "team@firm.example", BOB));
    directory.users().delete(BOB);
    assertThat(directory.mentions().deadEnds()).isEqualTo(named);
    directory.domains().setCatchAll(FIRM, Optional.of(ANN));
    assertThat(directory.mentions().deadEnds()).as("somebody gets it now").isEmpty();
    directory.users().delete(ANN);
    assertThat(directory.mentions().deadEnds())
        .contains(new Mention(Kind.CATCH_ALL, "firm.example", ANN));
  }

  @Test
  void alsoWhatLedThereByOthersLeadsNowhere() {
    MailAddress sales = at("sales@firm.example");
    MailAddress orders = at("orders@firm.example");
    directory.createAlias(orders, List.of(sales));
    directory.domains().setCatchAll(FIRM, Optional.of(orders));
    var _ =
        directory
            .lists()
            .add(
                TEAM,
                List.of(
                    new ListBook.NewMember(orders, ""),
                    new ListBook.NewMember(at("whoever@firm.example"), "")),
                Instant.EPOCH);
    Mention[] behindSales = {
      new Mention(Kind.ALIAS, "orders@firm.example", sales),
      new Mention(Kind.CATCH_ALL, "firm.example", orders),
      new Mention(Kind.LIST_MEMBER, "team@firm.example", orders),
      new Mention(Kind.LIST_MEMBER, "team@firm.example", at("whoever@firm.example"))
    };
    assertThat(directory.mentions().leadingTo(sales)).containsExactlyInAnyOrder(behindSales);

    List<Mention> named = directory.mentions().leadingTo(directory.user(ANN).orElseThrow());
    assertThat(named)
        .contains(behindSales)
        .contains(new Mention(Kind.ALIAS, "sales@firm.example", ANN));
    directory.users().delete(ANN);
    assertThat(named).containsAll(directory.mentions().deadEnds());
    assertThat(directory.mentions().deadEnds()).contains(behindSales);
  }

  @Test
  void aNameThatIsGivenUpLeadsToTheNewOne() {
    User bob = directory.user(BOB).orElseThrow();
    User rob = directory.users().rename(BOB, ROB, true);
    assertThat(rob.account()).isEqualTo(bob.account());
    assertThat(directory.expand(BOB).mailboxes())
        .extracting(Resolution.Mailbox::user)
        .containsExactly(rob);
    assertThat(directory.maySendAs(rob, BOB)).isTrue();
    assertThat(directory.user(BOB)).as("a login is no alias").isEmpty();
    assertThat(directory.mentions().deadEnds()).isEmpty();

    User back = directory.users().rename(ROB, BOB, false);
    assertThat(back).isEqualTo(bob);
    assertThat(directory.resolve(ROB)).isInstanceOf(Resolution.NoSuchUser.class);
    assertThat(directory.aliases(FIRM)).hasSize(2);
  }

  @Test
  void nobodyIsGivenANameThatOthersHave() {
    assertThatThrownBy(() -> directory.users().rename(BOB, ANN, true))
        .isInstanceOf(DirectoryException.UserExists.class);
    assertThatThrownBy(() -> directory.users().rename(BOB, at("sales@firm.example"), true))
        .isInstanceOf(DirectoryException.AliasExists.class);
    assertThatThrownBy(() -> directory.users().rename(ANN, at("info@firm.example"), true))
        .as("not ann's alone")
        .isInstanceOf(DirectoryException.AliasExists.class);
    assertThatThrownBy(() -> directory.users().rename(BOB, TEAM, true))
        .isInstanceOf(DirectoryException.ListExists.class);
    assertThatThrownBy(() -> directory.users().rename(at("who@firm.example"), ROB, true))
        .isInstanceOf(DirectoryException.NoSuchUser.class);
    assertThat(directory.user(BOB)).isPresent();
  }
}

package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.memory.InMemoryEngine;

/// Domains that are second names of others.
class SecondNamesTest {
  private static final Domain CLUB = Domain.of("club.example");
  private static final Domain FIRM = Domain.of("firm.example");
  private static final MailAddress GHOST = MailAddress.of("ghost@club.example");

  private DirectoryHouse house;
  private Directory directory;

  @BeforeEach
  void open() {
    house = new DirectoryHouse(new InMemoryEngine(), UnaryOperator.identity());
    directory = house.directory();
    directory.domains().create(CLUB, DomainSettings.STANDARD);
    directory.domains().create(FIRM, DomainSettings.STANDARD);
    house.user("boss@firm.example");
    directory.domains().setCatchAll(FIRM, Optional.of(MailAddress.of("boss@firm.example")));
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// The names are easily swapped, and then another company gets the mail.
  @Test
  void aDomainThatHasSomethingBecomesNoSecondNameUnasked() {
    var _ = directory.lists().create(MailAddress.of("team@club.example"), Map.of());
    assertThatThrownBy(() -> directory.domains().alias(CLUB, FIRM))
        .isInstanceOf(DirectoryException.DomainInUse.class)
        .hasMessageContaining("has 1 list of its own");
    house.user("ann@club.example");
    house.user("bob@club.example");
    directory.createAlias(
        MailAddress.of("info@club.example"), List.of(MailAddress.of("ann@club.example")));
    directory.domains().setCatchAll(CLUB, Optional.of(MailAddress.of("ann@club.example")));
    assertThatThrownBy(() -> directory.domains().alias(CLUB, FIRM))
        .isInstanceOf(DirectoryException.DomainInUse.class)
        .hasMessageContaining("has 2 users, 1 alias, 1 list, a catch-all of its own");
    directory.domains().setCatchAll(CLUB, Optional.empty());
    assertThat(directory.resolve(GHOST)).isInstanceOf(Resolution.NoSuchUser.class);

    directory.domains().alias(CLUB, FIRM, true);
    assertThat(directory.resolve(GHOST)).isInstanceOf(Resolution.Alias.class);
    directory.domains().endAlias(CLUB);
    assertThat(directory.resolve(GHOST)).isInstanceOf(Resolution.NoSuchUser.class);
    assertThat(directory.users().page(CLUB, "", 10)).hasSize(2);
    assertThatThrownBy(() -> directory.domains().endAlias(CLUB))
        .hasMessageContaining("no second name");
  }

  @Test
  void whatDoesNotFitIsSaidAsItIs() {
    Domain third = Domain.of("third.example");
    assertThatThrownBy(() -> directory.domains().alias(FIRM, FIRM))
        .hasMessageContaining("second name of itself");
    directory.domains().alias(third, FIRM);
    assertThatThrownBy(() -> directory.domains().alias(CLUB, third))
        .hasMessageContaining("third.example is a second name of firm.example itself");
    assertThatThrownBy(() -> directory.domains().delete(FIRM, false))
        .hasMessageContaining("posthorn domain alias third.example --none");
    house.user("cyd@third.example");
    assertThatThrownBy(() -> directory.domains().delete(third, false))
        .hasMessageContaining("posthorn domain alias third.example --none");
  }

  /// Somebody else's leaving stands in the way of no other setting.
  @Test
  void aCatchAllOfSomebodyWhoIsGoneStopsNoChange() {
    directory.users().delete(MailAddress.of("boss@firm.example"));
    directory
        .domains()
        .configure(FIRM, settings -> settings.withAllowance(Allowance.ofBytes(OptionalLong.of(5))));
    assertThatThrownBy(() -> directory.domains().setCatchAll(FIRM, Optional.of(GHOST)))
        .isInstanceOf(DirectoryException.NoSuchUser.class);
  }
}

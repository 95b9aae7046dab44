package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.TestParameters;

/// The contract, with mail of the queue; the rest of what it does is in [ToManyTest].
final class ToSenderFolderTest implements MailetContract {
  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Override
  public Mailet mailet() {
    return TestParameters.mailet(
        new ToSenderFolder.Factory(house.rooms()), Map.of("folder", "Sent"), house.services);
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }

  @Test
  void aCopyThatComesByIsTheSameMail() {
    Mail mail = house.mail("Subject: hi\n\nhello\n", "eve@example.net");
    var origin =
        new Origin(
            Optional.empty(),
            "client.example",
            Optional.of(MailHouse.address("ann@example.org")),
            "ESMTPSA",
            "c1",
            MailHouse.NOW);
    Mail submitted =
        new Mail(mail.id(), mail.sender(), mail.recipients(), mail.message(), origin, Map.of());
    mailet().service(submitted);
    mailet().service(submitted.withAttribute("copy.archive", "yes"));
    assertThat(house.texts("ann", "Sent")).hasSize(1);
  }
}

package org.posthorn.smtp.inbound;

import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Logins;

/// The rooms that incoming mail asks and that it goes to.
public record InboundRooms(
    Directory directory,
    Logins logins,
    Accounts accounts,
    ContentStore contents,
    Spool spool,
    UrlTexts urls,
    InstantSource clock,
    GatesInForce gates,
    Optional<SendingBrake> brake,
    Optional<ReceivedTls> receivedTls,
    SharedRoom headerRoom,
    SharedRoom recipientRoom) {
  /// Without gates, brake and statistics.
  public InboundRooms(
      Directory directory,
      Logins logins,
      Accounts accounts,
      ContentStore contents,
      Spool spool,
      UrlTexts urls,
      InstantSource clock) {
    this(
        directory,
        logins,
        accounts,
        contents,
        spool,
        urls,
        clock,
        new GatesInForce(),
        Optional.empty(),
        Optional.empty(),
        SharedRoom.forHeaders(),
        SharedRoom.forRecipients());
  }
}

package org.posthorn.spool;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Takes mail to other servers, one try at a time; the spool decides when to try and what becomes
/// of the answers. Implemented by SMTP's outbound room. Safe for use by many threads.
public interface Carrier {
  /// Tries once to hand `load` to its destination, over however many MX hosts that takes. Blocks,
  /// but not for ever. Never throws for what a remote server or the network does: every recipient
  /// has an answer.
  Map<Recipient, Answer> carry(Load load);

  /// The recipients of one mail that go the same way: all of `domain`, or through `smarthost`.
  record Load(
      MailId id,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      Domain domain,
      Optional<Smarthost> smarthost,
      Message message,
      NewMail.Options options) {}

  /// What the remote said, or why nobody could be asked. `status` is an enhanced status code such
  /// as `5.1.1`; `text` the remote's reply with its code, or our own words; `remote` the host that
  /// answered.
  sealed interface Answer {
    /// `notificationsPassedOn`: the remote knows DSN (RFC 3461) and was told what the sender wants
    /// to hear, so it is not for us to report success (§5.2.2). `deadlinePassedOn`: it knows
    /// DELIVERBY (RFC 2852) and was told when the mail is to be delivered, if the sender has said
    /// so.
    record Delivered(
        String remote, String text, boolean notificationsPassedOn, boolean deadlinePassedOn)
        implements Answer {
      public Delivered(String remote, String text, boolean notificationsPassedOn) {
        this(remote, text, notificationsPassedOn, false);
      }

      public Delivered(String remote, String text) {
        this(remote, text, false);
      }
    }

    record Deferred(String status, Optional<String> remote, String text) implements Answer {}

    record Failed(String status, Optional<String> remote, String text) implements Answer {}
  }
}

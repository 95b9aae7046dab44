package org.posthorn.storage.queue;

import java.util.List;
import java.util.Set;
import org.posthorn.message.MailId;

/// All rows of one mail: in ascending order of number the forms (at least one) and the recipients
/// that are not served yet. `submitted` are the keys of the mails that were made on its behalf.
public record QueuedMail(
    MailId id,
    Arrival arrival,
    List<MailForm> forms,
    List<QueuedRecipient> recipients,
    Set<SubmissionKey> submitted) {
  public QueuedMail {
    forms = List.copyOf(forms);
    recipients = List.copyOf(recipients);
    submitted = Set.copyOf(submitted);
  }

  public MailForm form(int number) {
    for (MailForm form : forms) {
      if (form.number() == number) {
        return form;
      }
    }
    throw new IllegalArgumentException("Mail " + id + " has no form " + number);
  }
}

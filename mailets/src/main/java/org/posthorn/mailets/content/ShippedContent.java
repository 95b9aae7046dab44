package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.files.DataFolder;

/// The list of the mailets that only compute on a mail.
public final class ShippedContent {
  private ShippedContent() {}

  /// Files and folders that the operator names count from `data`.
  public static List<MailetFactory<?>> all(DataFolder data) {
    return List.of(
        AddFooter.factory(),
        AddMessageId.factory(),
        AttributesToHeaders.factory(),
        CalendarNotes.factory(),
        CalendarToAttachment.factory(),
        ContactNotes.factory(),
        Copy.factory(),
        Count.factory(),
        Delay.factory(),
        Expires.factory(),
        LogHeaders.factory(),
        Notify.factory(),
        NotifySender.factory(),
        RecipientsFromHeader.factory(),
        RecoverAttachments.factory(data),
        RemoveAttribute.factory(),
        RemoveHeadersByPrefix.factory(),
        ReplaceText.factory(),
        Requeue.factory(),
        SetAttribute.factory(),
        SetHeader.factory(),
        SetPriority.factory(),
        SplitRecipients.factory(),
        StripAttachments.factory(data),
        SubjectPrefix.factory(),
        ToPlainText.factory(),
        TryLater.factory());
  }

  /// Apart, since it needs who reads documents.
  public static MailetFactory<?> dlp(DocumentTexts documents) {
    return Dlp.factory(documents);
  }
}

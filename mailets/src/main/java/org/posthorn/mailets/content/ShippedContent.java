package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.MailetFactory;

/// The list of the mailets that only compute on a mail.
public final class ShippedContent {
  private ShippedContent() {}

  public static List<MailetFactory<?>> all() {
    return List.of(
        AddFooter.factory(),
        AddMessageId.factory(),
        AttributesToHeaders.factory(),
        Copy.factory(),
        Expires.factory(),
        LogHeaders.factory(),
        Notify.factory(),
        NotifySender.factory(),
        RecipientsFromHeader.factory(),
        RemoveAttribute.factory(),
        RemoveHeadersByPrefix.factory(),
        SetAttribute.factory(),
        SetHeader.factory(),
        SplitRecipients.factory(),
        StripAttachments.factory(),
        SubjectPrefix.factory(),
        ToPlainText.factory());
  }
}

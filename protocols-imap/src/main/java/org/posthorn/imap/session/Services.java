package org.posthorn.imap.session;

import org.posthorn.imap.command.VouchedTexts;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;

/// What all sessions share.
public record Services(
    Sasl sasl,
    Accounts accounts,
    ContentStore contents,
    MailSearch search,
    Sharing sharing,
    Directory directory) {
  VouchedTexts vouchedTexts() {
    return VouchedTexts.of(sharing);
  }
}

package org.posthorn.storage.account;

import java.time.Instant;
import org.posthorn.storage.content.StoredContent;

/// A message to put into a mailbox.
public record NewEmail(StoredContent content, String prefix, Flags flags, Instant internalDate) {}

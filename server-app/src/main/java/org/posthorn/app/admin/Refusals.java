package org.posthorn.app.admin;

import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.backup.BackupException;
import org.posthorn.storage.directory.DirectoryException;

/// What the store declines, as the API says it. The only place where that is decided.
final class Refusals {
  private Refusals() {}

  static Declined of(DirectoryException refusal) {
    String message = String.valueOf(refusal.getMessage());
    return switch (refusal) {
      case DirectoryException.NoSuchDomain _ ->
          Declined.notFound(message + ", with  posthorn domain add");
      case DirectoryException.NoSuchUser _ ->
          Declined.notFound(message + "; see  posthorn user list");
      case DirectoryException.NoSuchAlias _ ->
          Declined.notFound(message + "; see  posthorn alias list");
      case DirectoryException.NoSuchGroup _ ->
          Declined.notFound(message + "; see  posthorn group list");
      case DirectoryException.NoSuchList _ ->
          Declined.notFound(message + "; see  posthorn list list");
      case DirectoryException.DomainExists _,
          DirectoryException.DomainInUse _,
          DirectoryException.UserExists _,
          DirectoryException.AliasExists _,
          DirectoryException.GroupExists _,
          DirectoryException.ListExists _,
          DirectoryException.AliasLoop _ ->
          Declined.conflict(message);
      case DirectoryException.NotPermitted _ -> Declined.badRequest(message);
    };
  }

  static Declined of(MailboxException refusal) {
    String message = String.valueOf(refusal.getMessage());
    return switch (refusal) {
      case MailboxException.NotFound _, MailboxException.AccountGone _ ->
          Declined.notFound(message);
      case MailboxException.AlreadyExists _,
          MailboxException.OverQuota _,
          MailboxException.LimitReached _,
          MailboxException.HistoryTrimmed _ ->
          Declined.conflict(message);
      case MailboxException.NotPermitted _, MailboxException.Forbidden _ ->
          Declined.badRequest(message);
    };
  }

  static Declined of(BackupException refusal) {
    String message = String.valueOf(refusal.getMessage());
    return switch (refusal) {
      case BackupException.NotFound _ -> Declined.notFound(message);
      case BackupException.InTheWay _ -> Declined.conflict(message);
      case BackupException.Damaged _, BackupException.Failed _ ->
          new Declined(Declined.Reason.UNAVAILABLE, message);
    };
  }

  static Declined of(StorageUnavailable refusal) {
    return new Declined(
        Declined.Reason.UNAVAILABLE,
        refusal.isFull()
            ? String.valueOf(refusal.getMessage())
            : "The storage cannot be used now; see the server's log");
  }
}

package org.posthorn.storage.directory;

import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What the directory declines: nothing was changed. The text is for the administrator and says
/// what to do.
public abstract sealed class DirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private DirectoryException(String message) {
    super(message, null, false, false);
  }

  public static final class NoSuchDomain extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NoSuchDomain(Domain domain) {
      super("There is no domain " + domain + " here: create it first");
    }
  }

  public static final class DomainExists extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public DomainExists(Domain domain) {
      super("There is a domain " + domain + " already");
    }
  }

  /// A domain that is still needed.
  public static final class DomainInUse extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public DomainInUse(String why) {
      super(why);
    }
  }

  public static final class NoSuchUser extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NoSuchUser(MailAddress address) {
      super("There is no user " + address);
    }
  }

  public static final class UserExists extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public UserExists(MailAddress address) {
      super("There is a user " + address + " already: choose another name, or delete the user");
    }
  }

  public static final class NoSuchAlias extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NoSuchAlias(MailAddress address) {
      super("There is no alias " + address);
    }
  }

  public static final class AliasExists extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public AliasExists(MailAddress address) {
      super("There is an alias " + address + " already: delete it first, or change its targets");
    }
  }

  public static final class NoSuchGroup extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NoSuchGroup(MailAddress group) {
      super("There is no group " + group);
    }
  }

  public static final class GroupExists extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public GroupExists(MailAddress group) {
      super("There is a group " + group + " already");
    }
  }

  public static final class NoSuchList extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NoSuchList(MailAddress list) {
      super("There is no list " + list);
    }
  }

  public static final class ListExists extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public ListExists(MailAddress list) {
      super("There is a list " + list + " already: choose another name, or delete the list");
    }
  }

  /// Mail would go round in a circle.
  public static final class AliasLoop extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public AliasLoop(String circle) {
      super("Mail would go round in a circle: " + circle);
    }
  }

  /// Something that no name, password or setting can be.
  public static final class NotPermitted extends DirectoryException {
    private static final long serialVersionUID = 1L;

    public NotPermitted(String why) {
      super(why);
    }
  }
}

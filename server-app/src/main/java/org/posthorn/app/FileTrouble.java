package org.posthorn.app;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/// Why a file or folder cannot be used, in words that say what to do. The exceptions of the library
/// often have no words but the name of the file.
public final class FileTrouble {
  private FileTrouble() {}

  public static String words(IOException e) {
    if (!(e instanceof FileSystemException trouble) || trouble.getFile() == null) {
      return String.valueOf(e.getMessage());
    }
    String file = trouble.getFile();
    return switch (trouble) {
      case AccessDeniedException _ -> denied(Path.of(file));
      case FileAlreadyExistsException _, NotDirectoryException _ -> file + " is no folder";
      case NoSuchFileException _ ->
          file + " is not there and cannot be made there: choose another place, or make its folder";
      default -> String.valueOf(trouble.getMessage());
    };
  }

  /// As [#words], of what was to be read.
  public static String unread(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "There is no " + e.getMessage();
      case AccessDeniedException _ ->
          "You may not read " + e.getMessage() + ": run this as a user who may";
      case NotDirectoryException _ -> e.getMessage() + " is no folder";
      default -> String.valueOf(e.getMessage());
    };
  }

  /// As [#unread(IOException)], of this file: reading a folder as one fails without its name.
  public static String unread(Path file, IOException e) {
    return e instanceof FileSystemException ? unread(e) : file + ": " + e.getMessage();
  }

  /// Why a file that is named already cannot be read.
  public static String why(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ -> "let the user read it that the server runs as";
      default -> String.valueOf(e.getMessage());
    };
  }

  /// As [#words], of what was to be written somewhere else than in the data directory.
  public static String unwritten(IOException e) {
    return e instanceof AccessDeniedException denied
        ? "%s may not write %s: choose another place, or run this as a user who may"
            .formatted(System.getProperty("user.name"), denied.getFile())
        : words(e);
  }

  private static String denied(Path file) {
    String us = System.getProperty("user.name");
    String what = "Permission denied: %s cannot use %s".formatted(us, file);
    return owned(file, us).map(owned -> what + "; " + owned).orElse(what);
  }

  /// It, or what it is in if that is all that may be seen.
  private static Optional<String> owned(Path file, String us) {
    for (Path each = file.toAbsolutePath(); each != null; each = each.getParent()) {
      try {
        String owner = Files.getOwner(each).getName();
        String whose = "%s belongs to %s".formatted(each, owner);
        return Optional.of(
            owner.equals(us)
                ? whose
                : whose
                    + ": run this as that user, or give all of the data directory to whom the"
                    + " server is to run as, with chown -R");
      } catch (IOException _) {
        // What it is in may say it.
      }
    }
    return Optional.empty();
  }
}

package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.mime.Part;

/// Messages with an attached file of such a name, in any case: `AttachmentNameMatches(*.exe,
/// *.js)`; and with `AttachmentNameMatches(*.exe, in-zip=true)` those with a ZIP archive that has
/// such a file in it.
///
/// Names are looked at as the system of the reader will use them: decoded, without folders, without
/// dots and spaces at the end, without characters that cannot be seen (which turn `exe.txt` round).
/// Messages with more parts than can be looked through are chosen: such a file cannot be ruled out.
public final class AttachmentNameMatches implements MatcherFactory<AttachmentNameMatches.Settings> {
  record Settings(
      @Parameter(
              value = "Names in any case; * stands for any characters, ? for one.",
              min = 1,
              example = "*.exe, *.js")
          List<String> names,
      @Parameter(
              value =
                  "Whether names in ZIP archives count too, which means that attachments are read."
                      + " Nothing is unpacked, so not archives in compressed archives.",
              otherwise = "false")
          boolean inZip) {}

  @Override
  public String name() {
    return "AttachmentNameMatches";
  }

  @Override
  public String summary() {
    return "Messages with an attached file of such a name, or with one in a ZIP archive.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    List<Wildcard> wildcards = settings.names.stream().map(Wildcard::of).toList();
    Predicate<String> test =
        name -> wildcards.stream().anyMatch(wildcard -> wildcard.fits(plain(name)));
    return Whole.matcher(mail -> hasFile(mail, test, settings.inZip));
  }

  private static boolean hasFile(Mail mail, Predicate<String> test, boolean inZip) {
    if (FullStructure.mayHave(mail.message(), part -> part.fileNames().anyMatch(test))) {
      return true;
    }
    if (!inZip) {
      return false;
    }
    var archives = new ZipNames(test);
    return Bodies.any(mail.message(), (_, body) -> archives.isIn(body));
  }

  /// The names that a part has, as the system of the reader will use them.
  public static Stream<String> namesSeen(Part part) {
    return part.fileNames().map(AttachmentNameMatches::plain).distinct();
  }

  static String plain(String name) {
    String seen =
        EncodedWord.decode(name)
            .codePoints()
            .filter(c -> !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    String file = seen.substring(Math.max(seen.lastIndexOf('/'), seen.lastIndexOf('\\')) + 1);
    int end = file.length();
    while (end > 0 && (file.charAt(end - 1) == '.' || file.charAt(end - 1) == ' ')) {
      end--;
    }
    return file.substring(0, end).toLowerCase(Locale.ROOT);
  }
}

package org.posthorn.attachment;

import java.io.IOException;
import java.io.InputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// The words of one XML file of an office document, read as a stream: no DTD, no entities of its
/// own, nothing from elsewhere. Used by one thread, for one file.
final class XmlText {
  private static final XMLInputFactory FACTORY = factory();

  /// Where in a file the words are.
  enum Words {
    /// In titles, names and keywords.
    ABOUT,
    /// In paragraphs and headings.
    ODF,
    /// In elements `t`, and in cells that have their value themselves.
    OOXML
  }

  private final XMLStreamReader xml;
  private final Words words;
  private final TextSink text;

  /// How deep in elements that have words, and in such whose words do not count.
  private int inside;

  private int hidden;

  /// Whether the cell's value is the number of a text that stands elsewhere.
  private boolean shared;

  private XmlText(XMLStreamReader xml, Words words, TextSink text) {
    this.xml = xml;
    this.words = words;
    this.text = text;
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setXMLResolver((_, _, _, _) -> InputStream.nullInputStream());
    return factory;
  }

  static void read(InputStream bytes, Words words, TextSink text)
      throws IOException, XMLStreamException {
    XMLStreamReader xml = FACTORY.createXMLStreamReader(bytes);
    try {
      new XmlText(xml, words, text).read();
    } finally {
      xml.close();
    }
  }

  private void read() throws IOException, XMLStreamException {
    while (xml.hasNext()) {
      switch (xml.next()) {
        case XMLStreamConstants.START_ELEMENT -> begin(xml.getLocalName());
        case XMLStreamConstants.END_ELEMENT -> end(xml.getLocalName());
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (hidden == 0 && inside > 0) {
            text.write(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
          }
        }
        default -> {}
      }
    }
  }

  private void begin(String name) throws IOException {
    if (has(name) && inside++ > 0) {
      text.write('\n');
    }
    if (hides(name)) {
      hidden++;
    }
    if (words == Words.ODF) {
      beginOdf(name);
    } else {
      beginOoxml(name);
    }
  }

  private void beginOdf(String name) throws IOException {
    switch (name) {
      case "s", "tab", "line-break" -> text.write(' ');
      default -> {}
    }
  }

  private void beginOoxml(String name) throws IOException {
    switch (name) {
      case "tab", "br", "cr", "ptab" -> text.write(' ');
      case "noBreakHyphen" -> text.write('-');
      case "c" -> shared = "s".equals(xml.getAttributeValue(null, "t"));
      case "sheet" -> {
        String sheet = xml.getAttributeValue(null, "name");
        text.writeApart(sheet == null ? "" : sheet);
      }
      default -> {}
    }
  }

  /// What was deleted but is still remembered, and what old programs are to show in place of a
  /// drawing, which says the same again.
  private boolean hides(String name) {
    return switch (words) {
      case ABOUT -> false;
      case ODF -> name.equals("tracked-changes");
      case OOXML -> name.equals("Fallback");
    };
  }

  private boolean has(String name) {
    return switch (words) {
      case ABOUT ->
          switch (name) {
            case "title", "subject", "creator", "keywords", "keyword", "description" -> true;
            default -> false;
          };
      case ODF -> name.equals("p") || name.equals("h");
      case OOXML -> name.equals("t") || (name.equals("v") && !shared);
    };
  }

  private void end(String name) throws IOException {
    if (has(name)) {
      inside--;
    }
    boolean apart =
        switch (words) {
          case ABOUT -> has(name);
          case ODF -> name.equals("p") || name.equals("h");
          case OOXML -> name.equals("p") || name.equals("si") || name.equals("c");
        };
    if (apart && hidden == 0) {
      text.write('\n');
    }
    if (hides(name)) {
      hidden--;
    }
  }
}

import Testing
import Wire
import Words

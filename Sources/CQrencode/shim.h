// Text as the dark and light of a QR code: by Debian's own library.
#include <qrencode.h>

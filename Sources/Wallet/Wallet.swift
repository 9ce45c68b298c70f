package import Words
